/// What a watcher wants of a video.
package struct VideoWishes: Sendable, Hashable {
    /// In pixels; nil for any.
    package var maximumWidth: Int?
    /// In pixels; nil for any.
    package var maximumHeight: Int?
    /// In pictures per second; nil for any.
    package var maximumFrameRate: Double?
    /// Whether it wants none of it now.
    package var isPaused: Bool

    /// Makes them.
    package init(
        maximumWidth: Int? = nil, maximumHeight: Int? = nil, maximumFrameRate: Double? = nil, isPaused: Bool = false
    ) {
        self.maximumWidth = maximumWidth
        self.maximumHeight = maximumHeight
        self.maximumFrameRate = maximumFrameRate
        self.isPaused = isPaused
    }

    /// Whether a layer is not more than is wanted; what is not known is not.
    func allow(_ layer: VideoLayer) -> Bool {
        func fits<Value: Comparable>(_ value: Value?, _ maximum: Value?) -> Bool {
            guard let value, let maximum else { return true }
            return value <= maximum
        }
        return fits(layer.width, maximumWidth) && fits(layer.height, maximumHeight)
            && fits(layer.frameRate, maximumFrameRate)
    }
}
