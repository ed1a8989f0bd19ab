/// A timer of one loop. It fires at most once; it belongs to the loop and is used only there.
package final class LoopTimer {
    /// When it fires, by the loop's clock.
    package var deadline: Duration { .nanoseconds(nanoseconds) }
    /// The same, as the loop compares it on each of its turns.
    let nanoseconds: UInt64
    private var body: (() -> Void)?

    init(nanoseconds: UInt64, body: @escaping () -> Void) {
        self.nanoseconds = nanoseconds
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
