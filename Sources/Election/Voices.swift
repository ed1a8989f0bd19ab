/// Those that vote: who has a link to this node, and has said something about leaders over it.
struct Voices: Sendable {
    private struct Voice: Sendable {
        var lastHeard: Duration
        var lastReply: Duration?
    }

    private var all: [ContenderID: Voice] = [:]

    var ids: Set<ContenderID> { Set(all.keys) }
    var isEmpty: Bool { all.isEmpty }

    func contains(_ id: ContenderID) -> Bool { all[id] != nil }

    func lastHeard(_ id: ContenderID) -> Duration? { all[id]?.lastHeard }

    mutating func hear(_ id: ContenderID, at now: Duration) { all[id, default: Voice(lastHeard: now)].lastHeard = now }

    mutating func remove(_ id: ContenderID) { all[id] = nil }

    /// Whether something that nobody has asked for may be said: not more often than once in
    /// `pause`.
    mutating func mayReply(to id: ContenderID, at now: Duration, pause: Duration) -> Bool {
        if let last = all[id]?.lastReply, now - last < pause { return false }
        all[id]?.lastReply = now
        return true
    }

    /// Time that this node has not lived through is nobody's silence.
    mutating func shift(by time: Duration) {
        for id in all.keys { all[id]?.lastHeard += time }
    }
}
