/// A timer of one loop. It fires at most once; it belongs to the loop and is used only there.
package final class LoopTimer {
    /// When it fires, in nanoseconds of the monotonic clock.
    package let deadline: UInt64
    private var body: (() -> Void)?

    init(deadline: UInt64, body: @escaping () -> Void) {
        self.deadline = deadline
        self.body = body
    }

    /// True until it has fired or was cancelled.
    package var isActive: Bool { body != nil }

    /// Forgets the body. Nothing happens if the timer has fired already.
    package func cancel() {
        body = nil
    }

    func fire() {
        let body = self.body
        self.body = nil
        body?()
    }
}
