internal import Synchronization

/// Tells the loop that something has changed, without a lock: raised from any thread, taken on the
/// loop.
final class Flag: Sendable {
    private let isRaised = Atomic<Bool>(false)

    /// What was written before this is seen by who takes it.
    func raise() { isRaised.store(true, ordering: .releasing) }

    /// Whether it was raised since the last call.
    func take() -> Bool {
        // Nearly always it was not, which costs no write.
        isRaised.load(ordering: .relaxed) && isRaised.exchange(false, ordering: .acquiring)
    }
}
