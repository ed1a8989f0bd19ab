import Foundation

/// Programs that tests run to their end. Where one is missing the tests that need it are skipped; where `CI` is set they
/// fail.
package enum TestProgram {
    package static let isCI = ProcessInfo.processInfo.environment["CI"] == "true"

    /// Whether programs of these names are on PATH; with CI=true they have to be.
    package static func areThere(_ names: String...) -> Bool {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return isCI
            || names.allSatisfy { name in
                path.split(separator: ":").contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") }
            }
    }

    /// Runs a program to its end, or ends it when the task is cancelled; its words are standard output and error together.
    package static func run(_ arguments: [String]) async throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        // What blocks signals here, as the testing library does, would keep the program from ending what it starts.
        process.arguments = ["--default-signal"] + arguments
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
        let (said, feed) = AsyncStream.makeStream(of: Data.self)
        process.terminationHandler = {
            end.yield($0.terminationStatus)
            end.finish()
        }
        try process.run()
        try? pipe.fileHandleForWriting.close()
        let output = pipe.fileHandleForReading
        Thread.detachNewThread {
            while case let data = output.availableData, !data.isEmpty { feed.yield(data) }
            feed.finish()
        }
        return try await withTaskCancellationHandler {
            var words = Data()
            for await data in said { words += data }
            for await status in ends { return (status, String(decoding: words, as: UTF8.self)) }
            throw CancellationError()
        } onCancel: {
            if process.isRunning { process.terminate() }
        }
    }
}
