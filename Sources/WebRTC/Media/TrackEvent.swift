/// The peer has begun to send a track, or does again after it had ended that (a hold): then it is
/// the same track. W3C `RTCTrackEvent`.
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
