import Foundation

/// ffmpeg, as the source of what is sent and as the judge of what has come.
enum FFmpeg {
    /// What it writes to its output.
    ///
    /// - Throws: if it ends with an error, or complains of anything.
    static func run(_ arguments: [String]) async throws -> [UInt8] {
        try await run("ffmpeg", ["-nostdin", "-y"] + arguments)
    }

    /// The times of a stream's packets in their order, in seconds.
    static func times(of path: String, stream: String) async throws -> [Double] {
        let text = try await run(
            "ffprobe", ["-select_streams", stream, "-show_entries", "packet=pts_time", "-of", "csv=p=0", path])
        return String(decoding: text, as: UTF8.self).split(separator: "\n").compactMap {
            Double($0.trimmingCharacters(in: [","]))
        }
    }

    private static func run(_ program: String, _ arguments: [String]) async throws -> [UInt8] {
        try await withCheckedThrowingContinuation { continuation in
            // It takes a while, and none of the pool's threads may wait for it.
            Thread.detachNewThread { continuation.resume(with: Result { try runAndWait(program, arguments) }) }
        }
    }

    private static func runAndWait(_ program: String, _ arguments: [String]) throws -> [UInt8] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program, "-v", "error"] + arguments
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        let words = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0, words.isEmpty else {
            throw InteropError("\(program) \(arguments.joined(separator: " ")): \(process.terminationStatus), \(words)")
        }
        return [UInt8](data)
    }
}
