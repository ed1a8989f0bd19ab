extension BandwidthEstimator {
    /// Bounds, in bit/s.
    package struct Settings: Sendable, Equatable {
        /// No path carries more.
        static let highest = 100_000_000_000
        /// Before anything is known.
        package var start: Int
        /// However bad the path is.
        package var minimum: Int
        package var maximum: Int

        /// Values that make no sense are moved to the nearest that do.
        package init(start: Int = 300_000, minimum: Int = 30_000, maximum: Int = 10_000_000_000) {
            self.minimum = min(max(minimum, 1_000), Self.highest)
            self.maximum = min(max(maximum, self.minimum), Self.highest)
            self.start = min(max(start, self.minimum), self.maximum)
        }
    }
}
