import Foundation
import Synchronization
import TestSupport

/// The programs ffmpeg and ffprobe, who judge: they make files that ours read, and read files that ours make.
enum FFmpeg {
    /// A packet as ffprobe sees it.
    struct Packet: Equatable {
        /// Microseconds.
        let timestamp: Int
        let size: Int
        let isKey: Bool
    }

    /// What the program said; throws if it ended with an error, or complained.
    @discardableResult
    static func run(_ program: FFmpegProgram, _ arguments: [String]) throws -> String {
        String(decoding: try program.run(arguments), as: UTF8.self)
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
        try run(
            .ffmpeg,
            ["-v", "error", "-y"] + FFmpegProgram.inputs(for: options, size: size) + ["-t", "\(seconds)"]
                + options.split(separator: " ").map(String.init) + [path])
        let bytes = try folder.read(path)
        made.withLock { $0[key] = bytes }
        return path
    }

    static func packets(of path: String, stream: String = "0") throws -> [Packet] {
        let text = try run(
            .ffprobe,
            [
                "-v", "error", "-select_streams", stream, "-show_entries", "packet=pts_time,size,flags", "-of",
                "compact=p=0:nk=0", path,
            ])
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
    static func decode(_ path: String, stream: String = "0") throws -> String {
        try run(.ffmpeg, ["-v", "error", "-xerror", "-i", path, "-map", "0:\(stream)", "-f", "md5", "-"])
    }

    static func decodedCount(of path: String, stream: String = "0") throws -> Int {
        try FFmpegProgram.decodedCount(of: path, stream: stream)
    }

    /// What ffprobe says of the file or of a stream.
    static func value(_ entry: String, of path: String, stream: String? = nil) throws -> String {
        let selection = stream.map { ["-select_streams", $0] } ?? []
        return try run(
            .ffprobe, ["-v", "error"] + selection + ["-show_entries", entry, "-of", "csv=p=0", path]
        ).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
