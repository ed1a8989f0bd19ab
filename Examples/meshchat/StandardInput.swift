import Foundation

/// The lines of standard input, read by a thread of its own because the read blocks. It runs 64 lines ahead at most.
struct StandardInput: Sendable {
    /// The lines, to the end of the input. Call ``took()`` after each.
    let lines: AsyncStream<String>
    private let room = DispatchSemaphore(value: 64)

    init() {
        let (lines, feed) = AsyncStream.makeStream(of: String.self)
        self.lines = lines
        let room = room
        let thread = Thread {
            while let line = readLine() {
                room.wait()
                feed.yield(line)
            }
            feed.finish()
        }
        thread.name = "stdin"
        thread.start()
    }

    /// Makes room for another line.
    func took() { room.signal() }

    /// Whether a person types.
    static var isTerminal: Bool { isatty(0) == 1 }

    /// Whether nothing will ever come: started without input, the chat listens until a signal ends it.
    static var isNull: Bool {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/0")) == "/dev/null"
    }
}
