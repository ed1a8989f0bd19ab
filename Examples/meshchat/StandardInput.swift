import Foundation

/// The lines of standard input, read by a thread of its own because the read blocks. It runs 64
/// lines ahead at most, so that a pipe's writer waits while the lines do.
struct StandardInput: Sendable {
    /// What a line is.
    enum Line: Equatable, Sendable {
        case text(String)
        /// Longer than any text may be, and dropped: its length is not known, its beginning is.
        case tooLong(beginning: String)
    }

    /// The longest line in bytes: a text of the greatest length after the longest command.
    static let maximumBytes = 48 * 1024

    /// The lines, to the end of the input. Call ``took()`` after each.
    let lines: AsyncStream<Line>
    private let room = DispatchSemaphore(value: 64)

    /// Reads keys when `isEdited`, whole lines otherwise.
    init(isEdited: Bool) {
        let (lines, feed) = AsyncStream.makeStream(of: Line.self)
        self.lines = lines
        let room = room
        let deliver: @Sendable (Line) -> Void = { line in
            room.wait()
            feed.yield(line)
        }
        let thread = Thread {
            if isEdited { Self.readKeys(deliver) } else { Self.readLines(deliver) }
            feed.finish()
        }
        thread.name = "stdin"
        thread.start()
    }

    /// Makes room for another line.
    func took() { room.signal() }

    /// Whether a person types.
    static var isTerminal: Bool { isatty(STDIN_FILENO) == 1 }

    /// Whether a person types at a terminal that shows what is written, and obeys what an editor
    /// sends.
    static var canEdit: Bool {
        isTerminal && Console.isTerminal && ProcessInfo.processInfo.environment["TERM"] ?? "dumb" != "dumb"
    }

    /// Whether nothing will ever come: started without input, the chat listens until a signal ends
    /// it.
    static var isNull: Bool {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/0")) == "/dev/null"
    }

    private static func readKeys(_ deliver: (Line) -> Void) {
        while true {
            let bytes = StandardDescriptors.read(atMost: 4096)
            let (lines, isOver) = Console.standard.take(bytes)
            for line in lines { deliver(.text(line)) }
            if isOver || bytes.isEmpty { return }
        }
    }

    private static func readLines(_ deliver: (Line) -> Void) {
        var splitter = LineSplitter(maximumBytes: maximumBytes)
        while true {
            let bytes = StandardDescriptors.read(atMost: 16384)
            guard !bytes.isEmpty else { break }
            for line in splitter.take(bytes) { deliver(line) }
        }
        if let last = splitter.finish() { deliver(last) }
    }
}
