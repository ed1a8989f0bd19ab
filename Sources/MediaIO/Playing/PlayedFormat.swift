public import MediaFiles

/// The formats that ``MediaPlayer`` reads.
public enum PlayedFormat: Sendable, Hashable {
    /// `.webm`, `.mkv`, `.mka`: the first track of video and the first of sound that WebRTC has a
    /// codec for.
    case matroska
    /// `.ivf`: VP8, VP9 or AV1.
    case ivf
    /// `.ogg`, `.opus`: Opus of one or two channels.
    case oggOpus
    /// `.h264`, `.h265`: a stream with start codes, which has no times in it.
    ///
    /// - Parameters:
    ///   - codec: H.264 or H.265.
    ///   - frameRate: pictures a second, 0.01 to 1000.
    case annexB(MediaFileCodec, frameRate: Double)

    /// By the extension of a path; nil for one that is none of these, or that does not say enough.
    public init?(path: String) {
        let name = path.split(separator: "/").last ?? ""
        switch name.split(separator: ".").last?.lowercased() {
        case "webm", "mkv", "mka": self = .matroska
        case "ivf": self = .ivf
        case "ogg", "opus": self = .oggOpus
        default: return nil
        }
    }
}
