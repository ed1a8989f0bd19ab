/// When whoever makes the pictures of a stream is told that the peer wants one that needs no other:
/// at once, but no more often than it is worth the encoder's while, however often the peer says so.
/// Pure; time is a parameter.
struct KeyFrameWish {
    /// The least time between two that are passed on.
    static let minimumPause = Duration.milliseconds(250)

    private var last: Duration?
    /// When the next is passed on that came too early; nil for none.
    private(set) var nextDeadline: Duration?

    /// The peer wants one. Whether that is to be passed on now; if not, it is later.
    mutating func want(now: Duration) -> Bool {
        if let last, now - last < Self.minimumPause {
            nextDeadline = last + Self.minimumPause
            return false
        }
        (last, nextDeadline) = (now, nil)
        return true
    }

    /// Whether one that was put off is to be passed on now.
    mutating func isDue(now: Duration) -> Bool {
        guard let nextDeadline, nextDeadline <= now else { return false }
        return want(now: now)
    }

    /// A picture that needs no other is sent: whoever has asked before gets it.
    mutating func keyFrameSent() { nextDeadline = nil }
}
