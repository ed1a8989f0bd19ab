import Foundation
import Synchronization

/// A program that a test started and ends, by its id. Its output comes line by line.
final class ChildProcess: Sendable {
    /// What the program writes, without line ends; ends when the program does.
    let lines: AsyncStream<String>
    let processIdentifier: Int32
    private let process: Mutex<Process>
    private let input: FileHandle

    /// Starts the program found under `name` on PATH.
    init(_ name: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["--default-signal", name] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        let output = Pipe()
        let input = Pipe()
        process.standardOutput = output
        process.standardInput = input
        let (lines, feed) = AsyncStream.makeStream(of: String.self)
        let splitter = Mutex(LineSplitter())
        output.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            if data.isEmpty {
                handle.readabilityHandler = nil
                feed.finish()
                return
            }
            for line in splitter.withLock({ $0.append(data) }) { feed.yield(line) }
        }
        try process.run()
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

/// Cuts a stream of bytes into lines.
struct LineSplitter: Sendable {
    private var rest = Data()

    /// The lines that `data` completes.
    mutating func append(_ data: Data) -> [String] {
        rest.append(data)
        var lines: [String] = []
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            lines.append(String(decoding: rest[rest.startIndex..<end], as: UTF8.self))
            rest = Data(rest[rest.index(after: end)...])
        }
        return lines
    }
}
