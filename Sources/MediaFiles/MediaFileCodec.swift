/// The codecs that WebRTC speaks and these files hold.
public enum MediaFileCodec: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    /// RFC 6386.
    case vp8 = "VP8"
    /// VP9 bitstream specification.
    case vp9 = "VP9"
    /// AV1 bitstream specification.
    case av1 = "AV1"
    /// ITU-T H.264.
    case h264 = "H.264"
    /// ITU-T H.265.
    case h265 = "H.265"
    /// RFC 6716.
    case opus = "Opus"
    /// µ-law, 8 bits a sample (ITU-T G.711).
    case pcmu = "PCMU"
    /// A-law, 8 bits a sample (ITU-T G.711).
    case pcma = "PCMA"

    /// Whether it is a codec of pictures.
    public var isVideo: Bool {
        switch self {
        case .vp8, .vp9, .av1, .h264, .h265: true
        case .opus, .pcmu, .pcma: false
        }
    }

    public var description: String { rawValue }
}
