public import JSEP
internal import Synchronization

/// What is sent or received by a transceiver: sound or pictures from one source. W3C
/// `MediaStreamTrack`.
///
/// Readable from any thread. A track says what there is to send; the media itself does not pass
/// through it.
public final class MediaStreamTrack: Sendable {
    /// W3C `MediaStreamTrackState`.
    public enum State: String, Sendable, Hashable, Codable {
        /// There may be media.
        case live
        /// There will be no more, ever.
        case ended
    }

    /// Sound or pictures.
    public let kind: MediaKind
    /// Names the track; unique unless the application chose otherwise.
    public let id: String
    private let values: Mutex<(isMuted: Bool, state: State)>

    /// Makes a track to be sent.
    ///
    /// - Parameters:
    ///   - kind: sound or pictures.
    ///   - id: its name, 1 to 64 letters, digits and other characters of a token (RFC 8830 §2);
    ///     random if there is none, or if it cannot be written in a description.
    public init(_ kind: MediaKind, id: String? = nil) {
        self.kind = kind
        self.id = id.flatMap { MediaStream.isToken($0) ? $0 : nil } ?? RandomID.make()
        values = Mutex((false, .live))
    }

    /// The track of a receiver, which is muted until media comes.
    init(received kind: MediaKind) {
        self.kind = kind
        id = RandomID.make()
        values = Mutex((true, .live))
    }

    /// Whether no media comes at the moment.
    public var isMuted: Bool { values.withLock { $0.isMuted } }
    /// Whether media may ever come again.
    public var readyState: State { values.withLock { $0.state } }

    func setMuted(_ isMuted: Bool) {
        values.withLock { $0.isMuted = isMuted }
    }

    func end() {
        values.withLock { $0.state = .ended }
    }
}
