/// How much may be sent again, so that whoever asks for everything at once, and again and again,
/// costs no more than a stream does. Pure; time is a parameter.
struct ResendBudget {
    /// At once: some pictures.
    static let burst = 1 << 20
    /// In a second, beside what is sent for the first time.
    static let bytesPerSecond = 1 << 20

    private var left = burst
    private var last: Duration?

    /// A packet of this size was sent for the first time: as much may be sent again.
    mutating func sent(_ count: Int) { left = min(Self.burst, left + count) }

    /// Whether a packet of this size may be sent again; if so, it is counted.
    ///
    /// - Parameter isAllowed: whether others allow it: what they refuse is not counted.
    mutating func take(_ count: Int, now: Duration, where isAllowed: () -> Bool = { true }) -> Bool {
        let passed = last.map { max(.zero, now - $0) } ?? .zero
        left = min(Self.burst, left + Int(min(passed / .seconds(1), 1) * Double(Self.bytesPerSecond)))
        last = now
        guard left >= count, isAllowed() else { return false }
        left -= count
        return true
    }
}
