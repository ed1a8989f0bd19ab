import Foundation

/// ffmpeg, as the source of what is sent and as the judge of what has come.
enum FFmpeg {
    /// What it writes to its output.
    ///
    /// - Throws: if it ends with an error, or complains of anything.
    static func run(_ arguments: [String]) async throws -> [UInt8] {
        try await withCheckedThrowingContinuation { continuation in
            // It takes a while, and none of the pool's threads may wait for it.
            Thread.detachNewThread { continuation.resume(with: Result { try runAndWait(arguments) }) }
        }
    }

    private static func runAndWait(_ arguments: [String]) throws -> [UInt8] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["ffmpeg", "-v", "error", "-nostdin", "-y"] + arguments
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        let words = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0, words.isEmpty else {
            throw InteropError("ffmpeg \(arguments.joined(separator: " ")): \(process.terminationStatus), \(words)")
        }
        return [UInt8](data)
    }
}
