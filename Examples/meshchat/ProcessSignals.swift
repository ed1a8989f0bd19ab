import Dispatch
import Foundation
import Synchronization

/// The signals that mean something to the chat.
struct ProcessSignals {
    /// Ends at the first of SIGINT, SIGTERM and SIGHUP, so that the node can leave in order. The second ends the program.
    let first: AsyncStream<Never>
    private let sources: [any DispatchSourceSignal]

    init() {
        // A reader of the output that has gone is an error of the next write, not the end of the program.
        signal(SIGPIPE, SIG_IGN)
        let (first, arrival) = AsyncStream.makeStream(of: Never.self, bufferingPolicy: .bufferingOldest(1))
        self.first = first
        let queue = DispatchQueue(label: "signals")
        let arrivals = Arrivals()
        let ends = [SIGINT, SIGTERM, SIGHUP].map { number in
            Self.source(number, queue) {
                if arrivals.count.add(1, ordering: .relaxed).newValue > 1 {
                    Console.standard.restoreTerminal()
                    _exit(128 + number)
                }
                arrival.finish()
            }
        }
        // Another size, or back from Ctrl-Z: the line that is being typed is drawn anew.
        let redraws = [SIGWINCH, SIGCONT].map { number in
            Self.source(number, queue) { Console.standard.refresh() }
        }
        sources = ends + redraws
    }

    /// Stops watching.
    func cancel() {
        for source in sources { source.cancel() }
    }

    private static func source(
        _ number: Int32, _ queue: DispatchQueue, _ handler: @escaping @Sendable () -> Void
    ) -> any DispatchSourceSignal {
        // The default action would end the process before the source sees these.
        if [SIGINT, SIGTERM, SIGHUP].contains(number) { signal(number, SIG_IGN) }
        let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
        source.setEventHandler(handler: handler)
        source.resume()
        return source
    }

    private final class Arrivals: Sendable {
        let count = Atomic(0)
    }
}
