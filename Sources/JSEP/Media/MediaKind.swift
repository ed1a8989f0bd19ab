internal import SDP

/// What a track carries. W3C `MediaStreamTrack.kind`.
public enum MediaKind: String, Sendable, Hashable, Codable, CaseIterable {
    /// Sound.
    case audio
    /// Pictures.
    case video

    /// The kind of a media section; nil for one that carries no RTP of ours.
    init?(_ media: MediaDescription) {
        switch media.kind {
        case .audio: self = .audio
        case .video: self = .video
        default: return nil
        }
        let transport = media.transport.uppercased()
        guard transport.hasSuffix("RTP/SAVPF") || transport.hasSuffix("RTP/SAVP") else { return nil }
    }

    var section: MediaDescription.Kind { self == .audio ? .audio : .video }
}
