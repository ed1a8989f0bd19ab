internal import NIOCore

/// Does on one event loop what others have sent there, in order, and lets the loop's own
/// connections have their turn. Lives on the loop that it does the work of.
///
/// NIO runs tasks for as long as there are any, and looks at connections then: loops that are
/// faster than this one would keep it from its own for ever.
final class CrossingIntake {
    typealias Work = @Sendable () -> Void

    /// For how long work is done before the loop looks at its connections.
    static let longest = TimeAmount.milliseconds(5)
    /// How long it has for that where there is nothing to read.
    private static let pause = TimeAmount.microseconds(50)

    private let loop: any EventLoop
    private var waiting = CircularBuffer<Work>()
    private var isPausing = false
    /// When it last stopped working, and for how long it had worked without a pause by then.
    private var lastEnd = NIODeadline.distantPast
    private var worked = TimeAmount.zero

    /// - Parameter loop: the one that the work is for.
    init(loop: any EventLoop) {
        self.loop = loop
    }

    /// Does the work, now or behind what waits already.
    func take(_ work: @escaping Work) {
        waiting.append(work)
        if !isPausing { doWork() }
    }

    private func doWork() {
        var now = loop.now
        if now - lastEnd >= Self.pause { worked = .zero }
        while let work = waiting.popFirst() {
            let start = now
            work()
            now = loop.now
            worked = worked + (now - start)
            guard worked < Self.longest else { return takePause() }
        }
        lastEnd = now
    }

    private func takePause() {
        isPausing = true
        worked = .zero
        let bound = NIOLoopBound(self, eventLoop: loop)
        loop.scheduleTask(in: Self.pause) {
            bound.value.isPausing = false
            bound.value.doWork()
        }
    }
}
