internal import Synchronization

/// How much more the peer may send, given what waits for readers.
struct ReceiveWindow: Equatable {
    /// So much at a time is let in beyond the limit, for what waits at the peer behind what fills
    /// it: the opening of a channel is data, too, and a reset waits for the data before it.
    static let trickle = 16 << 10
    /// How often that is done at first, in ms. Each time may bring more of what nobody reads, so it
    /// is done half as often for each further ``stage(limit:)``: it goes on for ever, and takes
    /// memory with the logarithm of the time.
    static let firstInterval: UInt64 = 200

    /// Bytes that SCTP keeps at most.
    var size: Int
    /// Beyond the limit, how often SCTP is read, in ms; nil if whenever something has come.
    var interval: UInt64?
    /// When this is to be looked at again, in bytes that wait; nil if no reader can change
    /// anything.
    var watched: Int?

    /// - Parameters:
    ///   - unread: bytes that wait.
    ///   - limit: up to how many the window is kept open for.
    ///   - largest: the window when nothing waits.
    init(unread: Int, limit: Int, largest: Int) {
        let whole = Self.whole(limit: limit, largest: largest)
        switch unread {
        case ...(limit - whole):
            (size, watched) = (whole, nil)
        case ..<limit:
            // In steps, so that not every message moves it.
            let step = max(whole / 16, 1)
            let left = (limit - unread + step - 1) / step * step
            size = min(max(left, Self.trickle), whole)
            watched = limit - left - whole / 4
        default:
            size = Self.trickle
            interval = Self.firstInterval << UInt64(min((unread - limit) / Self.stage(limit: limit), 20))
            watched = limit - whole / 4
        }
    }

    /// How many bytes beyond the limit may come at one pace.
    static func stage(limit: Int) -> Int { max(limit / 8, 2 << 20) }

    /// The window when nothing waits: half of what may wait, or it would close with the first
    /// message.
    static func whole(limit: Int, largest: Int) -> Int { max(min(largest, limit / 2), trickle) }
}
