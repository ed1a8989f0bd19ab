/// Which of the two a file says that it is.
public enum MatroskaFormat: String, Sendable, Hashable, CaseIterable {
    /// What browsers play: VP8, VP9, AV1 and Opus.
    case webM = "webm"
    /// All codecs of ours.
    case matroska = "matroska"

    /// What it has a place for.
    public var codecs: [MediaFileCodec] {
        switch self {
        case .webM: [.vp8, .vp9, .av1, .opus]
        case .matroska: MediaFileCodec.allCases
        }
    }
}
