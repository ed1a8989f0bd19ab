/// A frame of encoded media, as an encoder gives it and a decoder wants it: a picture, or a packet
/// of sound. W3C `RTCEncodedVideoFrame` and `RTCEncodedAudioFrame` are its kin.
///
/// What its bytes are is the codec's affair: VP8, VP9 and AV1 as in IVF (AV1's temporal units
/// without delimiters), H.264 and H.265 with start codes (Annex B), Opus packets as in Ogg, PCMU,
/// PCMA and G.722 a byte for each sample or two.
public struct MediaFrame: Sendable, Hashable {
    /// The codec, such as `video/VP8` or `audio/opus`; cases do not matter.
    public var codec: String
    /// The encoded bytes; empty for what was lost (``lostPackets``).
    public var data: [UInt8]
    /// The moment of its first sample, on one clock for all frames of a track. To be sent: on any
    /// clock of the application's that starts nowhere in particular, the same for tracks that are
    /// to be played in step. Received: since the track's first frame.
    public var timestamp: Duration
    /// How long it lasts, where that is known.
    public var duration: Duration?
    /// Whether it needs no other frame. Sound always is.
    public var isKeyFrame: Bool
    /// By how many degrees a picture has to be turned clockwise to stand upright: 0, 90, 180 or 270
    /// (3GPP TS 26.114 §7.4.5), as telephones send it. It goes to peers that take it.
    public var rotation = 0
    /// Received: the timestamp as it stood in the packets.
    public var rtpTimestamp: UInt32 = 0
    /// Received: the moment of its first sample by the sender's wall clock, since 1970, once the
    /// sender has said it in a report; what has the same ``canonicalName`` has the same clock.
    public var captureTime: Duration?
    /// Received: the peer's CNAME (RFC 3550 §6.5.1), once it has said it: tracks with the same one
    /// have one clock, ``captureTime``.
    public var canonicalName: String?
    /// Received: how many packets were lost directly before it. Of sound, a loss is a frame of its
    /// own, without data, in the place where it should have been.
    public var lostPackets = 0
    /// The name of the stream among those of a sender that sends several (RFC 8851). Received from
    /// one that has announced several sources and names none of them: its source as a number.
    public var streamID: String?

    /// Whether it stands for sound that was lost, which a decoder conceals.
    public var isLoss: Bool { data.isEmpty && lostPackets > 0 }

    /// The codec's name without its kind, in lower case.
    var codecName: String { String(codec.lowercased().drop { $0 != "/" }.dropFirst()) }

    /// A frame to be sent.
    ///
    /// - Parameters:
    ///   - codec: such as `video/VP8`.
    ///   - data: as the encoder gives it.
    ///   - timestamp: see ``timestamp``.
    ///   - duration: how long it lasts, if known.
    ///   - isKeyFrame: whether it needs no other, as all sound does. Say it of each picture: who
    ///     joins at one that is wrongly marked cannot decode what follows.
    public init(
        codec: String, data: [UInt8], timestamp: Duration, duration: Duration? = nil, isKeyFrame: Bool = true
    ) {
        self.codec = codec
        self.data = data
        self.timestamp = timestamp
        self.duration = duration
        self.isKeyFrame = isKeyFrame
    }
}
