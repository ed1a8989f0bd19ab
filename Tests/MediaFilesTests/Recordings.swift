import MediaFiles
import TestSupport
import Testing

/// What ffmpeg records of a camera and a microphone, in the combinations that WebRTC has.
struct Recording: Sendable, CustomTestStringConvertible {
    let name: String
    let options: String
    let tracks: [MediaFileTrack]

    var testDescription: String { name }

    static let vp8 = Recording(
        name: "vp8.webm", options: "-c:v libvpx -g 10 -c:a libopus", tracks: [.video(.vp8), .audio(.opus)])
    static let vp9 = Recording(
        name: "vp9.webm", options: "-c:v libvpx-vp9 -g 10 -cpu-used 8 -deadline realtime -c:a libopus -ac 2",
        tracks: [.video(.vp9), .audio(.opus, channels: 2)])
    static let av1 = Recording(
        name: "av1.webm", options: "-c:v libaom-av1 -g 10 -cpu-used 8 -usage realtime -lag-in-frames 0 -c:a libopus",
        tracks: [.video(.av1), .audio(.opus)])
    static let h264 = Recording(
        name: "h264.mkv", options: "-c:v libx264 -g 10 -bf 0 -c:a pcm_mulaw -ar 8000",
        tracks: [.video(.h264), .audio(.pcmu)])
    static let h265 = Recording(
        name: "h265.mkv",
        options: "-c:v libx265 -bf 0 -x265-params log-level=none:bframes=0:keyint=10 -c:a pcm_alaw -ar 8000 -ac 2",
        tracks: [.video(.h265), .audio(.pcma, channels: 2)])
    static let h264WithOpus = Recording(
        name: "h264opus.mkv", options: "-c:v libx264 -g 10 -bf 0 -c:a libopus", tracks: [.video(.h264), .audio(.opus)])
    static let h265WithOpus = Recording(
        name: "h265opus.mkv",
        options: "-c:v libx265 -bf 0 -x265-params log-level=none:bframes=0:keyint=10 -c:a libopus",
        tracks: [.video(.h265), .audio(.opus)])
    static let all = [vp8, vp9, av1, h264, h265]
    static let ofMP4 = [vp9, av1, h264WithOpus, h265WithOpus]

    /// Made by ffmpeg; live, with a segment and clusters of unknown length.
    func make(seconds: Double = 1, live: Bool = false, in folder: TestFolder) throws -> String {
        let path = try FFmpeg.make(name, options, seconds: seconds, in: folder)
        guard live else { return path }
        let copy = folder.path("live-" + name)
        try FFmpeg.run(.ffmpeg, ["-v", "error", "-i", path, "-c", "copy", "-live", "1", copy])
        return copy
    }

    /// As ours reads them.
    func frames(seconds: Double = 1, in folder: TestFolder) throws -> [MediaFileFrame] {
        var reader = MatroskaReader()
        let (frames, error) = reader.frames(of: try folder.read(try make(seconds: seconds, in: folder)))
        try #require(error == nil && !frames.isEmpty)
        return frames
    }
}

extension Collection<MediaFileFrame> {
    func of(_ track: Int) -> [MediaFileFrame] { filter { $0.track == track } }
}
