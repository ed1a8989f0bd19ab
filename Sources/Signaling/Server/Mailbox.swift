/// What is kept for a socket whose connection has broken, until it is back.
struct Mailbox {
    /// For how long.
    static let time = Duration.seconds(30)
    /// How many sockets are away at once, and how many bytes are kept for all of them; the one that
    /// has been away for longest makes room.
    static let mostAway = 1024
    static let mostBytes = 16 << 20

    /// Since when it is away.
    private(set) var since: Duration
    private(set) var messages: [(bytes: [UInt8], sender: SignalingSocketID?)] = []
    private(set) var byteCount = 0

    init(since: Duration) { self.since = since }

    /// The server was stopped for so long, in which nobody could come back.
    mutating func slept(_ gap: Duration) { since += gap }

    /// Keeps a message; false where there is no room for it.
    ///
    /// - Parameter sender: who is told if it is never delivered.
    mutating func keep(_ bytes: [UInt8], from sender: SignalingSocketID?, _ limits: SignalingLimits) -> Bool {
        guard messages.count < limits.outbox, byteCount + bytes.count <= limits.outboxBytes else { return false }
        messages.append((bytes, sender))
        byteCount += bytes.count
        return true
    }
}
