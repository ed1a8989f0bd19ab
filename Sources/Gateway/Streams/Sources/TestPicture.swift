/// A moving picture with the time in it, and a tone, as ffmpeg makes them.
struct TestPicture {
    private let width: Int
    private let height: Int
    private let fps: Int
    private let wanted: StreamerRequest.Settings

    init(_ wanted: StreamerRequest.Settings) throws(SourceRefusal) {
        (width, height, fps) = (wanted.width ?? 640, wanted.height ?? 360, wanted.fps ?? 30)
        guard width * height * fps <= 1920 * 1080 * 30 else {
            throw SourceRefusal("A test picture has up to 1920×1080 pixels 30 times a second.")
        }
        self.wanted = wanted
    }

    /// The command that writes it to its standard output, as Matroska.
    func command(_ ffmpeg: String) throws(SourceRefusal) -> [String] {
        let encoder: [String]
        switch wanted.codec ?? "vp8" {
        case "vp8": encoder = ["libvpx", "-deadline", "realtime", "-cpu-used", "8"]
        case "vp9": encoder = ["libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-row-mt", "1"]
        case "h264":
            encoder = [
                "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-profile:v", "baseline", "-pix_fmt",
                "yuv420p",
            ]
        case let codec: throw SourceRefusal("A test picture is made in vp8, vp9 or h264, not in \(codec).")
        }
        return [ffmpeg, "-hide_banner", "-loglevel", "error", "-nostdin", "-re"]
            + ["-f", "lavfi", "-i", "testsrc2=s=\(width)x\(height):r=\(fps)"]
            + ["-re", "-f", "lavfi", "-i", "sine=f=440:r=48000"]
            + ["-c:v"] + encoder
            + ["-g", "\(fps * 2)", "-b:v", "\(wanted.bitrate ?? 1_000_000)"]
            + ["-c:a", "libopus", "-b:a", "32k", "-frame_duration", "20", "-application", "lowdelay"]
            // Each frame goes out as it is made: a cluster holds no more than one moment.
            + ["-f", "matroska", "-live", "1", "-cluster_time_limit", "1", "-flush_packets", "1", "pipe:1"]
    }
}
