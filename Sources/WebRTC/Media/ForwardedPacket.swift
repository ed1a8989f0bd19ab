package import RTP

/// A packet that is sent on to one peer. Its bytes are shared with the other peers' where they are
/// the same.
package struct ForwardedPacket: Sendable {
    /// Whole packets; of the header only what is named here is looked at.
    package var bytes: [UInt8]
    /// Of ``bytes``; empty for a number that is only filled.
    package var payload: Range<Int>
    /// What goes in front of that: what is the peer's own of a payload descriptor.
    package var prefix = PayloadPrefix()
    /// What says which frames it needs, for peers that have agreed on that (AV1 RTP specification,
    /// appendix A); nil for nothing.
    package var descriptor: [UInt8]?
    /// Such as `video/VP8`.
    package var codec: String
    /// Names the stream that the numbers are of: with another one they go on from the last.
    package var source: UInt32
    /// Of that stream.
    package var sequenceNumber: UInt16
    /// Of that stream.
    package var timestamp: UInt32
    /// Of pictures, whether it is the last of one.
    package var marker: Bool
    /// How long ago its first sample was, beyond what is the same for all tracks of its sender.
    package var age: Duration
    /// How a picture has to be turned, in degrees.
    package var rotation: Int

    /// Makes one. `payload` is cut to what there is.
    package init(
        bytes: [UInt8], payload: Range<Int>, codec: String, source: UInt32, sequenceNumber: UInt16, timestamp: UInt32,
        marker: Bool, age: Duration = .zero, rotation: Int = 0
    ) {
        self.bytes = bytes
        self.payload = payload.clamped(to: 0..<bytes.count)
        self.codec = codec
        self.source = source
        self.sequenceNumber = sequenceNumber
        self.timestamp = timestamp
        self.marker = marker
        self.age = age
        self.rotation = rotation
    }

    /// A packet of the application's, whose numbers are its own.
    init(_ packet: RTPPacket, codec: String) {
        self.init(
            bytes: packet.payload, payload: 0..<packet.payload.count, codec: codec, source: packet.ssrc,
            sequenceNumber: packet.sequenceNumber, timestamp: packet.timestamp, marker: packet.marker)
    }
}
