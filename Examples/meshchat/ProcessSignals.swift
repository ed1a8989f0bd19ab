import Foundation
import Synchronization

/// The signals that mean something to the chat, of which there is one in a process.
struct ProcessSignals {
    private static let ends = [SIGINT, SIGTERM, SIGHUP]

    /// Ends at the first of SIGINT, SIGTERM and SIGHUP, so that the node can leave in order. The
    /// second ends the program.
    let first: AsyncStream<Never>

    init() {
        // A reader of the output that has gone is an error of the next write, not the end of the
        // program.
        signal(SIGPIPE, SIG_IGN)
        let (first, arrival) = AsyncStream.makeStream(of: Never.self, bufferingPolicy: .bufferingOldest(1))
        self.first = first
        let count = Atomic(0)
        let redrawing = Redrawing()
        // Another size, or back from Ctrl-Z: the line that is being typed is drawn anew.
        SignalPipe.watch(Self.ends + [SIGWINCH, SIGCONT]) { number in
            guard Self.ends.contains(number) else {
                return redrawing.start()
            }
            if count.add(1, ordering: .relaxed).newValue > 1 {
                Console.standard.restoreTerminal()
                _exit(128 + number)
            }
            arrival.finish()
        }
    }
}

/// Draws the line that is being typed, on a queue of its own: a terminal that is paused takes
/// nothing, and neither signals nor tasks must wait for it.
private final class Redrawing: Sendable {
    private let queue = DispatchQueue(label: "redraw")
    private let isDue = Atomic(false)

    /// Once for all that ask before it begins.
    func start() {
        guard !isDue.exchange(true, ordering: .acquiringAndReleasing) else { return }
        queue.async {
            self.isDue.store(false, ordering: .releasing)
            Console.standard.refresh()
        }
    }
}
