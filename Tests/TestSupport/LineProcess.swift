import Foundation
import Synchronization

/// A program that a test steers by lines: what it says is kept, and can be waited for.
package final class LineProcess: Sendable {
    package struct Ended: Error, CustomStringConvertible {
        package let description: String
        package init(description: String) { self.description = description }
    }

    private struct State {
        var lines: [String] = []
        var isOver = false
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var nextWaiter = 0
    }

    package let name: String
    private let process = Process()
    private let input = Pipe()
    private let state = Mutex(State())

    /// Whether it ends by itself at the end of its input, and has something to put in order then.
    private let endsWithInput: Bool

    /// Starts a program by its path.
    ///
    /// - Parameter isQuiet: whether what it writes to standard error is dropped; otherwise it goes to the test's.
    package init(
        _ name: String, _ path: String, _ arguments: [String], endsWithInput: Bool = false, isQuiet: Bool = false
    ) throws {
        self.name = name
        self.endsWithInput = endsWithInput
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.standardInput = input
        let output = Pipe()
        process.standardOutput = output
        if isQuiet { process.standardError = FileHandle.nullDevice }
        try process.run()
        try? input.fileHandleForReading.close()
        output.readLines { [weak self] line in
            self?.update { $0.lines.append(line) }
        } end: { [weak self] in
            self?.update { $0.isOver = true }
        }
    }

    deinit {
        endInput()
        if process.isRunning, !endsWithInput { kill(process.processIdentifier, SIGKILL) }
    }

    /// A product of this package, which lies where the tests do.
    package static func product(_ name: String) -> String {
        URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent(name).path
    }

    /// Everything said so far.
    package var lines: [String] { state.withLock { $0.lines } }

    package func say(_ line: String) throws {
        try input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
    }

    package func endInput() {
        try? input.fileHandleForWriting.close()
    }

    package func send(signal: Int32) {
        kill(process.processIdentifier, signal)
    }

    /// The first line from `place` on that begins with `word`, and the place behind it. Throws what was said instead when
    /// the program ends without it, or when the test's time is up.
    package func line(_ word: String, from place: Int = 0) async throws -> (text: String, next: Int) {
        var place = place
        while true {
            let (lines, isOver) = state.withLock { ($0.lines, $0.isOver) }
            while place < lines.count {
                place += 1
                let parts = lines[place - 1].split(separator: " ", maxSplits: 1)
                if parts.first == Substring(word) { return (parts.count > 1 ? String(parts[1]) : "", place) }
            }
            guard !isOver, !Task.isCancelled else {
                let last = lines.suffix(20).map { $0.prefix(200) }.joined(separator: "; ")
                throw Ended(description: "\(name) said no '\(word)'; \(isOver ? "it ended" : "time is up"): \(last)")
            }
            await more(than: lines.count)
        }
    }

    /// The first line from `place` on that is `word` and this, and the place behind it.
    package func line(_ word: String, saying text: String, from place: Int = 0) async throws -> (
        text: String, next: Int
    ) {
        var found = try await line(word, from: place)
        while found.text != text { found = try await line(word, from: found.next) }
        return found
    }

    /// Waits for a line with this text in it.
    package func heard(_ text: String) async throws { _ = try await heard(text, or: nil) }

    /// Waits for a line with one of these texts in it; true if it was the first.
    package func heard(_ text: String, or other: String?) async throws -> Bool {
        while true {
            let (lines, isOver) = state.withLock { ($0.lines, $0.isOver) }
            if lines.contains(where: { $0.contains(text) }) { return true }
            if let other, lines.contains(where: { $0.contains(other) }) { return false }
            guard !isOver, !Task.isCancelled else {
                throw Ended(description: "\(name) did not say '\(text)': \(lines.suffix(5))")
            }
            await more(than: lines.count)
        }
    }

    /// Closes the program's input and waits for its end. Its exit status, or minus the signal.
    package func end() async -> Int32 {
        endInput()
        while !(state.withLock { $0.isOver }), !Task.isCancelled { await more(than: .max) }
        if Task.isCancelled { send(signal: SIGKILL) }
        return await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                self.process.waitUntilExit()
                let status = self.process.terminationStatus
                continuation.resume(returning: self.process.terminationReason == .exit ? status : -status)
            }
        }
    }

    /// Returns when there are more lines, when the program has ended, or when the task is cancelled.
    private func more(than count: Int) async {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDone = state.withLock { state in
                    if Task.isCancelled || state.isOver || state.lines.count > count { return true }
                    state.waiters[id] = continuation
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
        }
    }

    private func update(_ change: (inout State) -> Void) {
        let waiters = state.withLock { state in
            change(&state)
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume() }
    }
}
