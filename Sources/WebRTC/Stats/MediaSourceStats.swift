public import JSEP

/// W3C `RTCMediaSourceStats`: a track that senders of the connection have. Its frames come encoded,
/// so that there is neither a picture's size nor a loudness.
public struct MediaSourceStats: Sendable, Hashable, Codable {
    public let id: String
    /// Milliseconds since 1970.
    public let timestamp: Double
    /// The ``MediaStreamTrack/id``.
    public let trackIdentifier: String
    /// Sound or pictures.
    public let kind: MediaKind
}
