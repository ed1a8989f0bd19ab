import MediaFiles
import WebRTC

/// A tone of 440 Hz in Opus, made by ffmpeg.
struct ToneStream: Sendable {
    static let pitch = 440
    /// Packets of 20 ms, with their times from 0 on.
    let frames: [MediaFrame]

    init(seconds: Int) async throws {
        let bytes = try await FFmpeg.run(
            ["-f", "lavfi", "-i", "sine=frequency=\(Self.pitch):sample_rate=48000", "-t", "\(seconds)"]
                + ["-af", "volume=4", "-c:a", "libopus", "-b:a", "32k", "-f", "ogg", "-"])
        var reader = OggOpusReader()
        try reader.push(bytes.span)
        reader.finish()
        var frames: [MediaFrame] = []
        while let frame = try reader.next() {
            frames.append(
                MediaFrame(codec: "audio/opus", data: frame.bytes, timestamp: .milliseconds(20) * frames.count))
        }
        self.frames = frames
    }

    /// Sends the packets, 50 a second, until the player is stopped.
    func play(on track: MediaStreamTrack) -> FramePlayer {
        FramePlayer(frames, on: track, every: 20)
    }
}
