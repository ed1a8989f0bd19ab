/// What became of the peer's channels that wait, or waited, for a reader of
/// ``PeerConnection/dataChannels``. Pure.
///
/// A peer opens channels, names them and closes them again as it likes. Those that are open and
/// untaken are bounded by refusing more; of those that it has closed since, a few are kept with
/// what has arrived on them, since a reader may only be slow.
struct UntakenChannels {
    /// How many channels may wait at least, whatever the room for channels is.
    static let limit = 1024
    /// How many that are closed again are kept for a reader.
    static let closedLimit = 256
    /// How many bytes of names the peer's channels may have together, taken or not.
    static let namesLimit = 4 << 20

    /// Channels that were reset instead of opened.
    private(set) var refused = 0
    /// Channels that were open, and were closed by the peer and let go of before anybody took them.
    private(set) var dropped = 0
    /// Whether the last one is told of already.
    private var isTold = false

    /// A channel was refused. True if that is news.
    mutating func didRefuse() -> Bool {
        refused += 1
        return tell()
    }

    /// Closed channels were let go of. True if that is news.
    mutating func didDrop(_ count: Int) -> Bool {
        guard count > 0 else { return false }
        dropped += count
        return tell()
    }

    /// Somebody takes channels again.
    mutating func didCatchUp() {
        isTold = false
    }

    /// How many to let go of, the oldest first.
    ///
    /// - Parameters:
    ///   - unread: the bytes that wait on each untaken channel that is closed, the oldest first.
    ///   - limit: how many bytes may wait on all of them.
    static func excess(_ unread: [Int], limit: Int) -> Int {
        var bytes = unread.reduce(0, +)
        var excess = 0
        while excess < unread.count, unread.count - excess > closedLimit || bytes > limit {
            bytes -= unread[excess]
            excess += 1
        }
        return excess
    }

    /// For the diagnosis, a line each.
    var notes: [String] {
        var notes: [String] = []
        if refused > 0 {
            notes.append(
                "\(refused) channels of the peer were refused, because too many wait to be taken from dataChannels")
        }
        if dropped > 0 {
            notes.append(
                "\(dropped) channels were opened and closed by the peer, and nobody took them from dataChannels")
        }
        return notes
    }

    private mutating func tell() -> Bool {
        defer { isTold = true }
        return !isTold
    }
}
