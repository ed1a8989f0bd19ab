import TestSupport

/// ffmpeg, as the source of what is sent and as the judge of what has come.
enum FFmpeg {
    /// What it writes to its output.
    ///
    /// - Throws: if it ends with an error, or complains of anything.
    @discardableResult
    static func run(_ arguments: [String]) async throws -> [UInt8] {
        try await FFmpegProgram.ffmpeg.run(["-v", "error", "-y"] + arguments)
    }
}
