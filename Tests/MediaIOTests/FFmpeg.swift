import Foundation
import TestSupport
import Testing

/// The programs ffmpeg and ffprobe, which make what is played and judge what is recorded.
enum FFmpeg {
    static let isMissing = !["/usr/bin/ffmpeg", "/usr/bin/ffprobe"].allSatisfy {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// What the program said; throws if it ended with an error, or complained.
    @discardableResult
    static func run(_ program: String, _ arguments: [String], in folder: TestFolder) async throws -> String {
        let process = Process()
        let (out, err) = (folder.path(UUID().uuidString), folder.path(UUID().uuidString))
        for path in [out, err] { _ = FileManager.default.createFile(atPath: path, contents: nil) }
        process.executableURL = URL(fileURLWithPath: "/usr/bin/" + program)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(forWritingAtPath: out)
        process.standardError = FileHandle(forWritingAtPath: err)
        // No thread waits that tasks could have.
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in continuation.resume() }
            do {
                try process.run()
            } catch {
                process.terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
        let errors = (try? String(contentsOfFile: err, encoding: .utf8)) ?? ""
        guard process.terminationStatus == 0, errors.isEmpty else {
            throw Failure(description: "\(program) \(arguments): \(process.terminationStatus) \(errors)")
        }
        return (try? String(contentsOfFile: out, encoding: .utf8)) ?? ""
    }

    /// Makes a file of test pictures, of a tone, or of both, as the options say.
    static func make(
        _ name: String, _ options: String, seconds: Double = 3, size: String = "176x144", in folder: TestFolder
    ) async throws -> String {
        let path = folder.path(name)
        var inputs: [String] = []
        if options.contains("-c:v") { inputs += ["-f", "lavfi", "-i", "testsrc2=s=\(size):r=25"] }
        if options.contains("-c:a") { inputs += ["-f", "lavfi", "-i", "sine=r=48000"] }
        try await run(
            "ffmpeg",
            ["-v", "error", "-y"] + inputs + ["-t", "\(seconds)"] + options.split(separator: " ").map(String.init)
                + [path], in: folder)
        return path
    }

    /// The times of a stream's packets, in seconds.
    static func times(of path: String, stream: String, in folder: TestFolder) async throws -> [Double] {
        try await run(
            "ffprobe",
            ["-v", "error", "-select_streams", stream, "-show_entries", "packet=pts_time", "-of", "csv=p=0", path],
            in: folder
        ).split(separator: "\n").compactMap { Double($0.trimmingCharacters(in: [","])) }
    }

    /// Decodes a stream; throws if the decoder says anything. How many frames came out.
    static func decode(_ path: String, stream: String, in folder: TestFolder) async throws -> Int {
        try await run(
            "ffmpeg",
            ["-v", "error", "-xerror", "-i", path, "-map", "0:\(stream)", "-fps_mode", "vfr", "-f", "null", "-"],
            in: folder)
        return try await decodedCount(of: path, stream: stream, in: folder)
    }

    /// How many frames come out of a decoder of a file that may be cut off, whatever it says of that.
    static func decodedCount(of path: String, stream: String, in folder: TestFolder) async throws -> Int {
        let text = try await run(
            "ffprobe",
            [
                "-v", "quiet", "-select_streams", stream, "-count_frames", "-show_entries", "stream=nb_read_frames",
                "-of", "csv=p=0", path,
            ], in: folder)
        return text.split(separator: "\n").first.flatMap { Int($0.trimmingCharacters(in: [","])) } ?? 0
    }
}

extension Trait where Self == ConditionTrait {
    /// Runs where ffmpeg is installed; with CI=true, always.
    static var needsFFmpeg: Self {
        .enabled(
            if: !FFmpeg.isMissing || ProcessInfo.processInfo.environment["CI"] == "true",
            "ffmpeg is not installed (apt install ffmpeg)")
    }
}
