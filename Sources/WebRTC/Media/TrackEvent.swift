public import JSEP

/// The peer has begun to send a track. W3C `RTCTrackEvent`.
public struct TrackEvent: Sendable {
    /// Receives it.
    public let receiver: RTPReceiver
    /// The track.
    public let track: MediaStreamTrack
    /// The streams that it belongs to, as the peer names them.
    public let streams: [MediaStream]
    /// The transceiver that the receiver is part of.
    public let transceiver: RTPTransceiver
}

/// What a new transceiver begins with. W3C `RTCRtpTransceiverInit`.
public struct TransceiverOptions: Sendable {
    /// Which way media may go.
    public var direction: TransceiverDirection
    /// The streams that the sent track belongs to.
    public var streams: [MediaStream]

    /// Both ways, without streams, unless told otherwise.
    public init(direction: TransceiverDirection = .sendrecv, streams: [MediaStream] = []) {
        self.direction = direction
        self.streams = streams
    }
}
