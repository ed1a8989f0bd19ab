/// One frame of a media file: a picture, or a packet of audio, as the codec made it.
///
/// Video of H.264 and H.265 is an access unit with start codes in front of its units (Annex B),
/// that of AV1 a temporal unit with a size in each OBU: the forms that the payload formats of `RTP`
/// take and give, whatever the file holds.
public struct MediaFileFrame: Sendable, Hashable {
    /// What a decoder is given.
    public var bytes: [UInt8]
    /// When it is to be seen, or when its first sample is to be heard. Below zero for audio that a
    /// decoder needs and nobody hears (Opus' pre-skip, RFC 7845 §4.2).
    public var timestamp: Duration
    /// How long, if the file or the codec says so.
    public var duration: Duration?
    /// Whether a decoder can begin with it. Audio always can.
    public var isKeyFrame: Bool
    /// Which track it is of, counted from 0; formats with one track know 0 alone.
    public var track: Int

    /// - Parameters:
    ///   - bytes: what a decoder is given.
    ///   - timestamp: when it is to be seen or heard.
    ///   - duration: how long.
    ///   - isKeyFrame: whether a decoder can begin with it.
    ///   - track: which track, from 0.
    public init(
        bytes: [UInt8], timestamp: Duration, duration: Duration? = nil, isKeyFrame: Bool = true, track: Int = 0
    ) {
        self.bytes = bytes
        self.timestamp = timestamp
        self.duration = duration
        self.isKeyFrame = isKeyFrame
        self.track = track
    }
}
