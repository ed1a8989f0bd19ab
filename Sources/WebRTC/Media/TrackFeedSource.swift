internal import AsyncQueues
internal import Synchronization

/// What a track is fed with, for who sends it on: in the order in which it was decided what that
/// is, whichever threads feed the track. Usable from any thread.
final class TrackFeedSource: Sendable {
    private struct Waiting: Sendable {
        var items: [FedItem] = []
        /// Whether anybody has ever wanted them.
        var isRead = false
        /// Whether somebody hands items out, who does it with these, too.
        var isBusy = false
    }

    private let source = EventSource<FedItem>(.live, .feeds)
    private let waiting = Mutex(Waiting())

    /// What comes from here on.
    func events() -> EventSequence<FedItem> {
        waiting.withLock { $0.isRead = true }
        return source.events()
    }

    /// Takes an item from one who holds a lock, which settles the order; ``handOut()`` follows when
    /// no lock is held.
    func note(_ item: TrackOutbox.Item) {
        waiting.withLock { waiting in
            guard waiting.isRead, let fed = FedItem(item) else { return }
            waiting.items.append(fed)
        }
    }

    /// Hands out what was noted, unless somebody else is about to.
    func handOut() {
        while true {
            let items = waiting.withLock { waiting -> [FedItem] in
                guard !waiting.isBusy, !waiting.items.isEmpty else { return [] }
                waiting.isBusy = true
                defer { waiting.items = [] }
                return waiting.items
            }
            guard !items.isEmpty else { return }
            source.send(contentsOf: items)
            waiting.withLock { $0.isBusy = false }
        }
    }

    func finish() { source.finish() }
}

extension FedItem {
    /// - Returns: nil for what only senders know.
    init?(_ item: TrackOutbox.Item) {
        switch item {
        case .frame(let frame): self = .frame(frame)
        case .packet(let packet, let codec): self = .packet(packet, codec: codec)
        case .renumber, .forwarded: return nil
        }
    }
}
