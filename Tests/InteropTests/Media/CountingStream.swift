import Foundation
import MediaFiles
import WebRTC

/// A codec of the matrix: its name in descriptions and in files, and ffmpeg's encoder.
enum TestCodec: String, Sendable, CaseIterable, CustomStringConvertible {
    case vp8 = "video/VP8"
    case vp9 = "video/VP9"
    case h264 = "video/H264"
    case av1 = "video/AV1"

    var description: String { String(rawValue.dropFirst(6)) }

    var file: MediaFileCodec {
        switch self {
        case .vp8: .vp8
        case .vp9: .vp9
        case .h264: .h264
        case .av1: .av1
        }
    }

    var encoder: [String] {
        switch self {
        case .vp8: ["libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "500k", "-auto-alt-ref", "0"]
        case .vp9: ["libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "500k", "-auto-alt-ref", "0"]
        case .h264:
            ["libx264", "-preset", "ultrafast", "-profile:v", "baseline", "-tune", "zerolatency", "-b:v", "500k"]
        case .av1:
            ["libaom-av1", "-usage", "realtime", "-cpu-used", "8", "-crf", "40", "-b:v", "0", "-lag-in-frames", "0"]
        }
    }
}

/// Encoded pictures whose top row counts them in bits, as `media.js` draws and reads them; made by ffmpeg.
struct CountingStream: Sendable {
    /// The pictures in their order, with their times from 0 on.
    let frames: [MediaFrame]

    /// Square i of 16 is white where bit i of the picture's number is set; the first has number 1.
    private static let counter =
        "color=gray:s=320x240:r=30,format=yuv420p,"
        + "geq=lum='if(lt(Y,40),if(mod(floor((N+1)/pow(2,floor(X/20))),2),235,16),mod(X+Y+N,200)+20)':cb=128:cr=128"

    /// - Parameters:
    ///   - codec: which one.
    ///   - seconds: how long it is.
    ///   - keyFrameDistance: pictures from one that needs no other to the next.
    init(_ codec: TestCodec, seconds: Int, keyFrameDistance: Int = 30) async throws {
        let bytes = try await FFmpeg.run(
            ["-f", "lavfi", "-i", Self.counter, "-t", "\(seconds)", "-c:v"] + codec.encoder
                + ["-g", "\(keyFrameDistance)", "-f", codec == .h264 ? "matroska" : "ivf", "-"])
        var reader: any MediaFileReader = codec == .h264 ? MatroskaReader() : IVFReader()
        try reader.push(bytes.span)
        reader.finish()
        var frames: [MediaFrame] = []
        while let frame = try reader.next() {
            frames.append(
                MediaFrame(
                    codec: codec.rawValue, data: frame.bytes, timestamp: frame.timestamp, isKeyFrame: frame.isKeyFrame))
        }
        self.frames = frames
    }

    /// The numbers in pictures that were received, as ffmpeg decodes them.
    static func numbers(in frames: [MediaFrame], _ codec: TestCodec) async throws -> [Int] {
        var writer = try MatroskaWriter(tracks: [.video(codec.file)], format: .matroska)
        var output = MediaFileOutput()
        let start = frames.first?.timestamp ?? .zero
        for frame in frames {
            try writer.append(
                MediaFileFrame(bytes: frame.data, timestamp: frame.timestamp - start, isKeyFrame: frame.isKeyFrame),
                to: &output)
        }
        writer.finish(to: &output)
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("received-\(UUID()).mkv")
        try Data(output.bytes).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try await numbers(in: file.path)
    }

    /// The numbers in the pictures of a file.
    static func numbers(in path: String) async throws -> [Int] {
        let pixels = try await FFmpeg.run([
            "-xerror", "-i", path, "-map", "0:v", "-fps_mode", "passthrough", "-enc_time_base", "1:90000", "-vf",
            "scale=320:240,crop=320:20:0:10,scale=16:1:flags=area,format=gray",
            "-f", "rawvideo", "-",
        ])
        return stride(from: 0, to: pixels.count - 15, by: 16).map { start in
            (0..<16).reduce(0) { $0 | (pixels[start + $1] > 127 ? 1 << $1 : 0) }
        }
    }

    /// Sends the pictures, 30 a second, until the player is stopped.
    func play(on track: MediaStreamTrack) -> FramePlayer {
        FramePlayer(frames, on: track, every: 33)
    }
}
