package import RTP

/// A packet of a received track with what its header extensions and its sender's reports say, for
/// who sends it on.
package struct ReceivedPacket: Sendable {
    /// The packet without its protection; of one that was sent again (RFC 4588), the original.
    package var bytes: [UInt8]
    /// Such as `video/VP8`; nil for what goes beside the stream's codec and only fills its numbers.
    package var codec: String?
    /// Of ``codec``'s timestamps, in Hz.
    package var clockRate: Int
    /// The name of its stream among those of a sender that sends several.
    package var streamID: String?
    /// By how much later it came than the first packet that told of its sender's clock, both by
    /// that clock: what is sent on of one sender's tracks with that in mind stays in step. Nil
    /// before the sender's first report.
    package var lateness: Duration?
    /// How a picture has to be turned, in degrees; said in the last packet of a picture, if at all.
    package var rotation: Int?
    /// Under which id its header extension may have a dependency descriptor (AV1 RTP
    /// specification, appendix A); nil if none was agreed on.
    package var descriptorID: UInt8?
    /// How loud it is, of sound whose packets say that (RFC 6464).
    package var audioLevel: AudioLevel?

    /// Makes one.
    package init(
        bytes: [UInt8], codec: String?, clockRate: Int, streamID: String? = nil, lateness: Duration? = nil,
        rotation: Int? = nil, descriptorID: UInt8? = nil
    ) {
        self.bytes = bytes
        self.codec = codec
        self.clockRate = clockRate
        self.streamID = streamID
        self.lateness = lateness
        self.rotation = rotation
        self.descriptorID = descriptorID
    }
}
