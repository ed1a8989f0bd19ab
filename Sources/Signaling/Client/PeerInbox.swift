internal import AsyncQueues
internal import JSEP
internal import Synchronization

/// The place of one ``PeerSignaling`` in a ``ClientInbox``. Giving it up frees what waits there.
final class PeerInbox: Sendable {
    let queue: AsyncQueue<SignalingEvent, SignalingError>
    private let giveUp: @Sendable () -> Void
    private let hasReader = Atomic(false)
    private let notes = Mutex(NegotiationNotes())

    init(_ queue: AsyncQueue<SignalingEvent, SignalingError>, giveUp: @escaping @Sendable () -> Void) {
        self.queue = queue
        self.giveUp = giveUp
    }

    deinit { giveUp() }

    /// What to send for what a negotiator says; nil for nothing.
    func outgoing(_ payload: SignalingPayload) -> (payload: SignalingPayload, note: NegotiationNote?)? {
        notes.withLock { $0.outgoing(payload) }
    }

    /// True for the first who asks.
    func claim() -> Bool { !hasReader.exchange(true, ordering: .relaxed) }
}
