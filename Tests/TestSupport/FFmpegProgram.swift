import Foundation
package import Testing

/// The programs that make what is sent, and judge what has come. There are two generations of them: ffprobe, which decodes
/// as well, is the system's, and ffmpeg the one that `make test` installs under .build, where it is there.
package enum FFmpegProgram: String, Sendable {
    case ffmpeg, ffprobe

    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// Tests need both, or are skipped; with CI=true they run all the same, and fail.
    package static let isThere =
        isCI || ["/usr/bin/ffmpeg", "/usr/bin/ffprobe"].allSatisfy(FileManager.default.isExecutableFile)

    private static let isCI = ProcessInfo.processInfo.environment["CI"] == "true"

    /// The package imageio-ffmpeg of PyPI is a program and little else.
    private static let newer: String? = {
        let root = URL(fileURLWithPath: #filePath).appendingPathComponent("../../..").standardized
        let folder = root.appendingPathComponent(".build/python/imageio_ffmpeg/binaries").path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.first { $0.hasPrefix("ffmpeg-") }.map { "\(folder)/\($0)" }
    }()

    package var path: String {
        get throws {
            if self == .ffmpeg, let newer = Self.newer { return newer }
            if self == .ffmpeg, Self.isCI { throw Failure(description: "imageio-ffmpeg is not under .build/python") }
            return "/usr/bin/\(rawValue)"
        }
    }

    /// What the program writes to its output; the caller's thread waits for it.
    ///
    /// - Throws: if it ends with an error, or complains of anything.
    @discardableResult
    package func run(_ arguments: [String]) throws -> [UInt8] {
        let folder = try TestFolder()
        let (out, err) = (try folder.write([], to: "out"), try folder.write([], to: "err"))
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try path)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(forWritingAtPath: out)
        process.standardError = FileHandle(forWritingAtPath: err)
        try process.run()
        process.waitUntilExit()
        let words = String(decoding: try folder.read(err), as: UTF8.self)
        guard process.terminationStatus == 0, words.isEmpty else {
            let command = ([rawValue] + arguments).joined(separator: " ")
            throw Failure(description: "\(command): \(process.terminationStatus), \(words)")
        }
        return try folder.read(out)
    }

    /// The same on a thread of its own: it takes a while, and none of the pool's may wait for it.
    @discardableResult
    package func run(_ arguments: [String]) async throws -> [UInt8] {
        try await Self.onItsOwnThread { try run(arguments) }
    }

    package static func onItsOwnThread<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
        }
    }

    /// The times of a stream's packets in their order, in seconds.
    package static func times(of path: String, stream: String) async throws -> [Double] {
        let text = try await ffprobe.run([
            "-v", "error", "-select_streams", stream, "-show_entries", "packet=pts_time", "-of", "csv=p=0", path,
        ])
        return String(decoding: text, as: UTF8.self).split(separator: "\n").compactMap {
            Double($0.trimmingCharacters(in: [","]))
        }
    }

    /// How many frames come out of a decoder of a file that may be cut off, whatever it says of that.
    package static func decodedCount(of path: String, stream: String) throws -> Int {
        let text = try ffprobe.run([
            "-v", "quiet", "-select_streams", stream, "-count_frames", "-show_entries", "stream=nb_read_frames", "-of",
            "csv=p=0", path,
        ])
        let first = String(decoding: text, as: UTF8.self).split(separator: "\n").first
        return first.flatMap { Int($0.trimmingCharacters(in: [","])) } ?? 0
    }

    /// Options that make test pictures and a tone, for those of the two that `options` name a codec for.
    package static func inputs(for options: String, size: String) -> [String] {
        var inputs: [String] = []
        if options.contains("-c:v") { inputs += ["-f", "lavfi", "-i", "testsrc2=s=\(size):r=25"] }
        if options.contains("-c:a") { inputs += ["-f", "lavfi", "-i", "sine=r=48000"] }
        return inputs
    }
}

extension Trait where Self == ConditionTrait {
    /// Runs where ffmpeg is installed; with CI=true, always.
    package static var needsFFmpeg: Self {
        .enabled(if: FFmpegProgram.isThere, "ffmpeg is not installed (apt install ffmpeg)")
    }
}
