import Logging
import Synchronization

/// The last lines that a connection of ours has logged, for a test that fails.
final class KeptLog: Sendable {
    private struct State {
        var lines: [String] = []
        var next = 0
    }

    private static let limit = 300

    private let state = Mutex(State())
    private let start = ContinuousClock.now

    /// Writes here, from `debug` on.
    var logger: Logger {
        var logger = Logger(label: "interop") { _ in Handler(log: self) }
        logger.logLevel = .debug
        return logger
    }

    /// The lines, oldest first, each with its time in seconds.
    var text: String {
        state.withLock { ($0.lines[$0.next...] + $0.lines[..<$0.next]).joined(separator: "\n") }
    }

    private func append(_ text: String) {
        let line = "\(Double((ContinuousClock.now - start) / .milliseconds(1)) / 1000) \(text)"
        state.withLock { state in
            if state.lines.count < Self.limit {
                state.lines.append(line)
            } else {
                state.lines[state.next] = line
                state.next = (state.next + 1) % Self.limit
            }
        }
    }

    private struct Handler: LogHandler {
        let log: KeptLog
        var logLevel = Logger.Level.debug
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { $1 }
            let details = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }
            log.append("\(event.level) \(event.message)\(details.joined())")
        }
    }
}
