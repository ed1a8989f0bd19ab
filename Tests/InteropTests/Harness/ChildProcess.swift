import Foundation
import Synchronization
import TestSupport

/// A program that a test started and ends, by its id. Its output comes line by line.
final class ChildProcess: Sendable {
    /// What the program writes, without line ends; ends when the program does.
    let lines: AsyncStream<String>
    let processIdentifier: Int32
    private let process: Mutex<Process>
    private let input: FileHandle

    /// Starts the program found under `name` on PATH.
    ///
    /// - Parameter mergesErrors: whether what it writes to standard error is among the lines.
    init(
        _ name: String, _ arguments: [String], environment: [String: String] = [:], mergesErrors: Bool = false
    ) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["--default-signal", name] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        let output = Pipe()
        let input = Pipe()
        process.standardOutput = output
        if mergesErrors { process.standardError = output }
        process.standardInput = input
        let (lines, feed) = AsyncStream.makeStream(of: String.self)
        try process.run()
        output.readLines {
            feed.yield($0)
        } end: {
            feed.finish()
        }
        self.lines = lines
        self.input = input.fileHandleForWriting
        processIdentifier = process.processIdentifier
        self.process = Mutex(process)
    }

    /// Writes one line to the program's standard input.
    func write(line: Data) throws {
        guard process.withLock({ $0.isRunning }) else { throw InteropError("the program has ended") }
        try input.write(contentsOf: line + Data("\n".utf8))
    }

    /// Closes its input and asks it to end.
    func stop() {
        try? input.close()
        process.withLock { if $0.isRunning { $0.terminate() } }
    }
}
