/// A frame of a source that is whole: for audio what one packet carried, for video all that
/// belongs to one picture.
package struct ReceivedFrame: Sendable, Hashable {
    /// As the codec's decoder takes it; see the payload format.
    package var bytes: [UInt8]
    /// As its packets had it, in units of the format's clock.
    package var rtpTimestamp: UInt32
    /// The same, without beginning anew after 2^32; the first of a source is as it came.
    package var timestamp: Int64
    /// Whether it needs no other; true for all audio.
    package var isKeyFrame: Bool
    /// Whether a packet of it had the marker bit: for audio the beginning of speech.
    package var marker: Bool
    /// When the first of its packets came, by the receiver's clock.
    package var firstArrival: Duration
    /// How many packets brought it, without those that only fill.
    package var packetCount: Int
    /// Packets that have not come, or could not be read, between the frame that was given out
    /// before and this one.
    package var lostBefore: Int
    /// Of its first packet, 0 to 127.
    package var payloadType: UInt8
    /// By how many degrees the picture has to be turned clockwise.
    package var rotation = 0

    /// Makes one.
    package init(
        bytes: [UInt8], rtpTimestamp: UInt32, timestamp: Int64, isKeyFrame: Bool, marker: Bool,
        firstArrival: Duration, packetCount: Int, lostBefore: Int, payloadType: UInt8
    ) {
        self.bytes = bytes
        self.rtpTimestamp = rtpTimestamp
        self.timestamp = timestamp
        self.isKeyFrame = isKeyFrame
        self.marker = marker
        self.firstArrival = firstArrival
        self.packetCount = packetCount
        self.lostBefore = lostBefore
        self.payloadType = payloadType
    }
}
