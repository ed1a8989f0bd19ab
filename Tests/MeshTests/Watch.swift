import Mesh

/// Follows a node's events, so that a test can wait for what they add up to.
final class Watch: Sendable {
    struct Seen: Sendable {
        var connected = 0
        var leader: LeaderStatus?
        var texts: [String] = []
        var states: [MeshState] = []
        var notices: [String] = []
        var port: UInt16?
        /// Had company once, and then none.
        var wasAlone = false
        var isOver = false
    }

    private let observed = Observed(Seen())

    init(_ events: MeshEvents) {
        Task {
            for await event in events { self.observed.update { $0.take(event) } }
            self.observed.finish { $0.isOver = true }
        }
    }

    var seen: Seen { observed.value }

    /// Returns when the condition holds; throws what was seen when the events end without it.
    func waits(for condition: @escaping @Sendable (Seen) -> Bool) async throws {
        try await observed.waits(for: condition)
    }
}

extension Watch.Seen {
    fileprivate mutating func take(_ event: MeshEvent) {
        switch event {
        case .started(let started): port = started.port
        case .notice(let text): notices.append(text)
        case .peerListChanged(let peers):
            let now = peers.filter(\.isConnected).count
            if connected > 0, now == 0 { wasAlone = true }
            connected = now
        case .leaderChanged(let status): leader = status
        case .message(let received):
            texts.append("\(received.from.displayName)\(received.isDirect ? " (direct)" : ""): \(received.text)")
        case .connectionStateChanged(let state): states.append(state)
        }
    }
}
