import Foundation
import TestSupport

/// The programs ffmpeg and ffprobe, which make what is played and judge what is recorded.
enum FFmpeg {
    /// Makes a file of test pictures, of a tone, or of both, as the options say.
    static func make(
        _ name: String, _ options: String, seconds: Double = 3, size: String = "176x144", in folder: TestFolder
    ) async throws -> String {
        let path = folder.path(name)
        try await FFmpegProgram.ffmpeg.run(
            ["-v", "error", "-y"] + FFmpegProgram.inputs(for: options, size: size) + ["-t", "\(seconds)"]
                + options.split(separator: " ").map(String.init) + [path])
        return path
    }

    /// The times of a stream's packets, in seconds.
    static func times(of path: String, stream: String) async throws -> [Double] {
        try await FFmpegProgram.times(of: path, stream: stream)
    }

    /// Decodes a stream; throws if the decoder says anything. How many frames came out.
    static func decode(_ path: String, stream: String) async throws -> Int {
        try await FFmpegProgram.ffmpeg.run(
            ["-v", "error", "-xerror", "-i", path, "-map", "0:\(stream)", "-fps_mode", "vfr", "-f", "null", "-"])
        return try await decodedCount(of: path, stream: stream)
    }

    /// How many frames come out of a decoder of a file that may be cut off.
    static func decodedCount(of path: String, stream: String) async throws -> Int {
        try await FFmpegProgram.onItsOwnThread { try FFmpegProgram.decodedCount(of: path, stream: stream) }
    }
}
