import Mesh
import Synchronization

/// Follows a node's events, so that a test can wait for what they add up to.
final class Watch: Sendable {
    struct Seen: Sendable {
        var connected = 0
        var leader: LeaderStatus?
        var texts: [String] = []
        var states: [MeshState] = []
        /// Had company once, and then none.
        var wasAlone = false
        var isOver = false
    }

    private struct State {
        var seen = Seen()
        var waiting: [(condition: @Sendable (Seen) -> Bool, continuation: CheckedContinuation<Void, any Error>)] = []
    }

    struct Over: Error {
        var seen: Seen
    }

    private let state = Mutex(State())

    init(_ events: MeshEvents) {
        Task {
            for await event in events { self.update { $0.seen.take(event) } }
            self.update { $0.seen.isOver = true }
        }
    }

    var seen: Seen { state.withLock { $0.seen } }

    /// Returns when the condition holds; throws what was seen when the events end without it.
    func waits(for condition: @escaping @Sendable (Seen) -> Bool) async throws {
        try await withCheckedThrowingContinuation { continuation in
            update { $0.waiting.append((condition, continuation)) }
        }
    }

    private func update(_ change: (inout State) -> Void) {
        let (ready, hopeless, seen) = state.withLock { state in
            change(&state)
            let seen = state.seen
            let ready = state.waiting.filter { $0.condition(seen) }.map(\.continuation)
            state.waiting.removeAll { $0.condition(seen) }
            let hopeless = seen.isOver ? state.waiting.map(\.continuation) : []
            if seen.isOver { state.waiting = [] }
            return (ready, hopeless, seen)
        }
        for continuation in ready { continuation.resume() }
        for continuation in hopeless { continuation.resume(throwing: Over(seen: seen)) }
    }
}

extension Watch.Seen {
    fileprivate mutating func take(_ event: MeshEvent) {
        switch event {
        case .started, .notice: break
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
