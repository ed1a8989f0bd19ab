import Synchronization

/// Something that a loop does again and again when it is asked to, such as flushing a connection's
/// send queue.
///
/// Any number of ``NetworkLoop/wake(_:)`` calls before it runs become one run: this is the one
/// wake-up per burst.
package final class LoopWork: Sendable {
    private let pending = Atomic<Bool>(false)
    private let body: @Sendable () -> Void

    /// - Parameter body: runs on the loop that is woken.
    package init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
    }

    /// True if the caller has to queue the work, false if a run is already on its way.
    func markPending() -> Bool {
        !pending.exchange(true, ordering: .acquiringAndReleasing)
    }

    /// Runs the body; what is woken from here on gets another run.
    func run() {
        pending.store(false, ordering: .releasing)
        body()
    }
}
