import Dispatch
import Foundation

/// SIGINT and SIGTERM as a sequence that ends at the first, so that the node can leave in order.
struct TerminationSignals {
    let first: AsyncStream<Void>
    private let sources: [any DispatchSourceSignal]

    init() {
        let (first, arrival) = AsyncStream.makeStream(of: Void.self)
        self.first = first
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)  // or the default action would end the process before the source sees it
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { arrival.finish() }
            source.resume()
            return source
        }
    }

    /// Stops watching.
    func cancel() {
        for source in sources { source.cancel() }
    }
}
