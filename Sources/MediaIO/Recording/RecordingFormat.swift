public import MediaFiles

/// The formats that ``MediaRecorder`` writes.
public enum RecordingFormat: String, Sendable, Hashable, CaseIterable {
    /// `.webm`: VP8, VP9, AV1 and Opus.
    case webM
    /// `.mkv`: all codecs but G.722.
    case matroska
    /// `.mp4`, in fragments: VP9, AV1, H.264, H.265 and Opus.
    case mp4

    /// By the extension of a path; nil for one that is none of these.
    public init?(path: String) {
        let name = path.split(separator: "/").last ?? ""
        switch name.split(separator: ".").last?.lowercased() {
        case "webm": self = .webM
        case "mkv", "mka": self = .matroska
        case "mp4", "m4a": self = .mp4
        default: return nil
        }
    }

    /// What it has a place for.
    public var codecs: [MediaFileCodec] {
        switch self {
        case .webM: MatroskaFormat.webM.codecs
        case .matroska: MatroskaFormat.matroska.codecs
        case .mp4: FragmentedMP4Writer.codecs
        }
    }
}
