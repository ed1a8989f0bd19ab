internal import AsyncQueues

extension BoundedBuffer<MeshEvent>.Policy {
    /// What waits for one reader of a node's events. Messages all count, and who brings them waits
    /// for room before each; in a full queue a state replaces the oldest of its kind that nobody
    /// has taken.
    ///
    /// - Parameter limit: how many events are enough; 4 MiB of text are, too.
    static func events(limit: Int) -> Self {
        Self(
            count: limit, bytes: 4 << 20, overflow: .admit,
            cost: { event in
                if case .message(let received) = event { received.text.utf8.count } else { 0 }
            },
            supersedes: { new, old in new.stateKind != nil && new.stateKind == old.stateKind })
    }
}

extension MeshEvent {
    /// Which state the event reports; nil for messages, each of which counts.
    fileprivate var stateKind: Int? {
        switch self {
        case .message: nil
        case .started: 0
        case .peerListChanged: 1
        case .leaderChanged: 2
        case .connectionStateChanged: 3
        case .notice: 4
        }
    }
}
