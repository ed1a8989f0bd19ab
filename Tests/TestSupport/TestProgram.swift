import Foundation

/// Programs that tests run to their end. Where one is missing the tests that need it are skipped; where `CI` is set they
/// fail.
package enum TestProgram {
    package static let isCI = ProcessInfo.processInfo.environment["CI"] == "true"

    /// Runs a program to its end; its words are standard output and error together.
    package static func run(_ arguments: [String]) async throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        // Python's packages may stand in the build folder.
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        var environment = ProcessInfo.processInfo.environment
        environment["PYTHONPATH"] = [root + "/.build/python", environment["PYTHONPATH"]].compactMap { $0 }
            .joined(separator: ":")
        process.environment = environment
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        let (ends, end) = AsyncStream.makeStream(of: Int32.self)
        process.terminationHandler = { end.yield($0.terminationStatus) }
        try process.run()
        // The few words these programs say fit into the pipe, so they end without being read.
        for await status in ends {
            return (status, String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self))
        }
        throw CancellationError()
    }
}
