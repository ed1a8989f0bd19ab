internal import MediaFiles

extension MediaFileCodec {
    /// As `MediaFrame.codec` names it.
    var mediaType: String {
        switch self {
        case .vp8: "video/VP8"
        case .vp9: "video/VP9"
        case .av1: "video/AV1"
        case .h264: "video/H264"
        case .h265: "video/H265"
        case .opus: "audio/opus"
        case .pcmu: "audio/PCMU"
        case .pcma: "audio/PCMA"
        }
    }

    /// By the name that `MediaFrame.codec` has; cases do not matter.
    init?(mediaType: String) {
        // Frames of a track name it the same way, nearly always as above.
        guard
            let codec = Self.allCases.first(where: { $0.mediaType == mediaType })
                ?? Self.allCases.first(where: { $0.mediaType.lowercased() == mediaType.lowercased() })
        else { return nil }
        self = codec
    }
}
