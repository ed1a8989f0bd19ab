import Foundation
import Synchronization
import TestSupport
import Testing

/// The programs ffmpeg and ffprobe, who judge: they make files that ours read, and read files that ours make.
enum FFmpeg {
    static let isMissing = !["/usr/bin/ffmpeg", "/usr/bin/ffprobe"].allSatisfy {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// A packet as ffprobe sees it.
    struct Packet: Equatable {
        /// Microseconds.
        let timestamp: Int
        let size: Int
        let isKey: Bool
    }

    /// What the program said; throws if it ended with an error.
    @discardableResult
    static func run(_ program: String, _ arguments: [String], in folder: TestFolder) throws -> String {
        let process = Process()
        let (out, err) = (folder.path(UUID().uuidString), folder.path(UUID().uuidString))
        for path in [out, err] { _ = FileManager.default.createFile(atPath: path, contents: nil) }
        process.executableURL = URL(fileURLWithPath: "/usr/bin/" + program)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle(forWritingAtPath: out)
        process.standardError = FileHandle(forWritingAtPath: err)
        try process.run()
        process.waitUntilExit()
        let errors = String(decoding: try folder.read(err), as: UTF8.self)
        guard process.terminationStatus == 0, errors.isEmpty else {
            throw Failure(description: "\(program) \(arguments): \(process.terminationStatus) \(errors)")
        }
        return String(decoding: try folder.read(out), as: UTF8.self)
    }

    /// What has been made, as many tests begin with the same.
    private static let made = Mutex<[String: [UInt8]]>([:])

    /// Makes a file of test pictures, of a tone, or of both.
    static func make(
        _ name: String, _ options: String, seconds: Double = 1, size: String = "176x144", in folder: TestFolder
    ) throws -> String {
        let path = folder.path(name)
        let key = "\(name) \(options) \(seconds) \(size)"
        if let bytes = made.withLock({ $0[key] }) { return try folder.write(bytes, to: name) }
        var inputs: [String] = []
        if options.contains("-c:v") { inputs += ["-f", "lavfi", "-i", "testsrc2=s=\(size):r=25"] }
        if options.contains("-c:a") { inputs += ["-f", "lavfi", "-i", "sine=r=48000"] }
        try run(
            "ffmpeg",
            ["-v", "error", "-y"] + inputs + ["-t", "\(seconds)"] + options.split(separator: " ").map(String.init)
                + [path], in: folder)
        let bytes = try folder.read(path)
        made.withLock { $0[key] = bytes }
        return path
    }

    static func packets(of path: String, stream: String = "0", in folder: TestFolder) throws -> [Packet] {
        let text = try run(
            "ffprobe",
            [
                "-v", "error", "-select_streams", stream, "-show_entries", "packet=pts_time,size,flags", "-of",
                "compact=p=0:nk=0", path,
            ], in: folder)
        return text.split(separator: "\n").compactMap { line in
            var values: [Substring: Substring] = [:]
            for field in line.split(separator: "|") {
                let parts = field.split(separator: "=")
                if parts.count == 2 { values[parts[0]] = parts[1] }
            }
            guard let size = values["size"].flatMap({ Int($0) }) else { return nil }
            let seconds = values["pts_time"].flatMap { Double($0) } ?? -1
            return Packet(
                timestamp: Int((seconds * 1e6).rounded()), size: size, isKey: values["flags"]?.first == "K")
        }
    }

    /// Decodes all of it; throws if the decoder says anything. The checksum of what came out.
    @discardableResult
    static func decode(_ path: String, stream: String = "0", in folder: TestFolder) throws -> String {
        try run(
            "ffmpeg", ["-v", "error", "-xerror", "-i", path, "-map", "0:\(stream)", "-f", "md5", "-"], in: folder)
    }

    /// How many frames come out of a decoder of a file that may be cut off, whatever it says of that.
    static func decodedCount(of path: String, stream: String = "0", in folder: TestFolder) throws -> Int {
        let text = try run(
            "ffprobe",
            [
                "-v", "quiet", "-select_streams", stream, "-count_frames", "-show_entries", "stream=nb_read_frames",
                "-of", "csv=p=0", path,
            ], in: folder)
        return text.split(separator: "\n").first.flatMap { Int($0.trimmingCharacters(in: [","])) } ?? 0
    }

    /// What ffprobe says of the file or of a stream.
    static func value(_ entry: String, of path: String, stream: String? = nil, in folder: TestFolder) throws -> String {
        let selection = stream.map { ["-select_streams", $0] } ?? []
        return try run(
            "ffprobe", ["-v", "error"] + selection + ["-show_entries", entry, "-of", "csv=p=0", path], in: folder
        ).trimmingCharacters(in: .whitespacesAndNewlines)
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
