/// The clocks of those who send on one transport, as they are told on: each is set by the first
/// packet whose moment is known, and again if it leaps. Bounded. Pure; time is a parameter.
package struct SenderOffsets: Sendable {
    static let maximumCount = 64
    /// A packet that is further from its arrival is of a clock that has leapt.
    static let tolerance: Duration = .seconds(5)

    private var offsets: [String: Duration] = [:]

    /// No clock is set yet.
    package init() {}

    /// By how much later something came than its clock says.
    ///
    /// - Parameters:
    ///   - captureTime: of the packet, by its sender's clock.
    ///   - sender: its CNAME, or any name of its clock.
    package mutating func lateness(_ captureTime: Duration, of sender: String, now: Duration) -> Duration {
        if let offset = offsets[sender] {
            let lateness = now - (captureTime + offset)
            if abs(lateness / .seconds(1)) < Self.tolerance / .seconds(1) { return lateness }
        } else if offsets.count >= Self.maximumCount, let any = offsets.keys.first {
            offsets[any] = nil
        }
        offsets[sender] = now - captureTime
        return .zero
    }
}
