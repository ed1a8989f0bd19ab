public import JSEP

/// What a new transceiver begins with. W3C `RTCRtpTransceiverInit`.
public struct TransceiverOptions: Sendable {
    /// Which way media may go.
    public var direction: TransceiverDirection
    /// The streams that the sent track belongs to.
    public var streams: [MediaStream]

    /// The encodings in which the track is sent, all at once: simulcast (RFC 8853), of video only.
    /// None for one. Either all of them have names or none has.
    public var sendEncodings: [RTPEncodingParameters]
    /// The names of the encodings that are wanted from the peer, which browsers then send all at
    /// once; none for one. ``MediaFrame/streamID`` tells them apart.
    public var receiveEncodings: [String]

    /// Both ways, without streams and in one encoding, unless told otherwise.
    public init(
        direction: TransceiverDirection = .sendrecv, streams: [MediaStream] = [],
        sendEncodings: [RTPEncodingParameters] = [], receiveEncodings: [String] = []
    ) {
        self.direction = direction
        self.streams = streams
        self.sendEncodings = sendEncodings
        self.receiveEncodings = receiveEncodings
    }
}
