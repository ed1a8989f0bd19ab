import SharedState

/// What nodes say to each other of the shared state, one message a line, to a replica that holds something.
enum StateMessageEntry {
    private static let limits = StateLimits(entries: 24, bytes: 4096)

    @Sendable static func run(_ bytes: [UInt8]) throws {
        guard let own = ReplicaID("own"), let peer = ReplicaID("peer") else { throw FuzzFinding("a name is none") }
        var time = StateTime(monotonic: .zero, milliseconds: 1_800_000_000_000)
        var replica = StateReplica(id: own, limits: limits, at: time)
        _ = replica.linkOpened(to: peer, at: time)
        for name in ["a", "b", "c"] {
            guard let key = StateKey(name) else { throw FuzzFinding("a key is none") }
            _ = try? replica.write(Array("\"\(name)\"".utf8), for: key, at: time)
        }
        for line in bytes.split(separator: UInt8(ascii: "\n")).prefix(64) {
            let text = String(decoding: line, as: UTF8.self)
            if let message = StateMessage(parsing: text) { try check(message) }
            time.monotonic += .milliseconds(10)
            time.milliseconds += 10
            for case .send(_, let answer) in replica.receive(text, from: peer, at: time) { try check(answer) }
            for case .send(_, let answer) in replica.tick(at: time) { try check(answer) }
            let figures = replica.statistics
            try FuzzFinding.require(
                figures.values + figures.deletions <= limits.entries && figures.bytes <= limits.bytes, "it grows")
            let keys = replica.entries.map(\.key)
            try FuzzFinding.require(keys == keys.sorted() && Set(keys).count == keys.count, "keys are out of order")
        }
    }

    private static func check(_ message: StateMessage) throws {
        let written = message.serialized()
        try FuzzFinding.require(
            written.utf8.count <= StateMessage.maximumBytes, "what is written is too long to be read")
        try FuzzFinding.require(StateMessage(parsing: written) == message, "what was written reads as something else")
    }
}
