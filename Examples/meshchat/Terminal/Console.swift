import Glibc
import Synchronization

/// Standard output, a whole line at a time and without a buffer, so that a reader of a pipe sees
/// each at once. At a terminal it also keeps the line that is being typed: what is printed appears
/// above it.
final class Console: Sendable {
    static let standard = Console()

    private struct State {
        var editor: LineEditor?
        var original: termios?
        var isBroken = false
    }

    /// Ends when standard output cannot be written any more.
    let breakage: AsyncStream<Never>
    private let breaks: AsyncStream<Never>.Continuation
    private let state = Mutex(State())

    private init() {
        (breakage, breaks) = AsyncStream.makeStream(of: Never.self, bufferingPolicy: .bufferingOldest(1))
    }

    /// Whether standard output is a terminal.
    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Whether output was lost.
    var isBroken: Bool { state.withLock { $0.isBroken } }

    /// Writes a line, above the one that is being typed.
    func write(line: String) {
        // One write for all of it, so that nothing comes in between. The lock orders lines; nothing
        // else runs under it.
        let isBroken = state.withLock { state in
            guard !state.isBroken else { return false }
            var text = line + "\n"
            if let editor = state.editor {
                text = LineEditor.erasure + text + editor.drawing(columns: TerminalMode.columns)
            }
            state.isBroken = StandardDescriptors.write(Array(text.utf8)) != nil
            return state.isBroken
        }
        if isBroken { breaks.finish() }
    }

    // MARK: The line that is being typed

    /// Begins to edit, at a terminal that can do it; false where lines are read as they come.
    func startEditing() -> Bool {
        guard let original = TerminalMode.current() else { return false }
        TerminalMode.readKeys(after: original)
        state.withLock { state in
            state.original = original
            state.editor = LineEditor()
            draw(state)
        }
        return true
    }

    /// Takes bytes from the terminal; returns the lines that they finish, and whether the input
    /// ends with them.
    func take(_ bytes: [UInt8]) -> (lines: [String], isOver: Bool) {
        state.withLock { state in
            var lines: [String] = []
            var isOver = false
            for byte in bytes where !isOver {
                switch state.editor?.take(byte) {
                case .line(let line):
                    lines.append(line)
                    // What was typed stays on the screen, as if it had been typed there.
                    _ = StandardDescriptors.write(
                        Array((LineEditor.erasure + LineEditor.prompt + line + "\n").utf8))
                case .clear: _ = StandardDescriptors.write(Array("\u{1B}[H\u{1B}[2J".utf8))
                case .end, nil: isOver = true
                case .changed, .nothing: break
                }
            }
            if !bytes.isEmpty { draw(state) }
            return (lines, isOver)
        }
    }

    /// Draws the line anew: the terminal has another size, or another program had it.
    func refresh() {
        state.withLock { state in
            guard let original = state.original, state.editor != nil else { return }
            TerminalMode.readKeys(after: original)
            draw(state)
        }
    }

    /// Ends editing and leaves the terminal as it was found.
    func stopEditing() {
        state.withLock { state in
            guard let original = state.original else { return }
            _ = StandardDescriptors.write(Array(LineEditor.erasure.utf8))
            TerminalMode.restore(original)
            (state.editor, state.original) = (nil, nil)
        }
    }

    /// Leaves the terminal as it was found, at once: a write that waits is not waited for.
    func restoreTerminal() {
        _ = state.withLockIfAvailable { state in
            if let original = state.original { TerminalMode.restore(original) }
        }
    }

    private func draw(_ state: borrowing State) {
        guard let editor = state.editor else { return }
        _ = StandardDescriptors.write(Array(editor.drawing(columns: TerminalMode.columns).utf8))
    }
}
