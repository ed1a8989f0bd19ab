package import RTP

/// A packet of a source, with what a forwarder has to know of it. It is read once, for all
/// watchers.
package struct SourcePacket: Sendable {
    /// What a packet says of the frame that it is of.
    package enum Facts: Sendable, Hashable {
        /// Nothing but whether a key frame begins.
        case plain(beginsKeyFrame: Bool)
        /// RFC 7741 §4.2.
        case vp8(VP8Facts)
        /// RFC 9628 §4.2.
        case vp9(VP9Facts)
        /// AV1 RTP specification, appendix A.
        case described(DescribedFacts)
    }

    /// The whole packet, without its protection.
    package let bytes: [UInt8]
    /// Of ``bytes``.
    package let header: RTPHeader
    /// The sequence number without an end; ``RTPHeader/sequenceNumber`` modulo 2^16.
    package let number: Int64
    /// When it came, by the clock of the forwarder.
    package let arrival: Duration
    /// What it says of its frame.
    package let facts: Facts

    /// Makes one; ``SourceReader`` does.
    package init(bytes: [UInt8], header: RTPHeader, number: Int64, arrival: Duration, facts: Facts) {
        self.bytes = bytes
        self.header = header
        self.number = number
        self.arrival = arrival
        self.facts = facts
    }

    /// The SSRC that it came with.
    package var source: UInt32 { header.ssrc }

    /// Whether it has nothing but padding, which only fills the sequence.
    package var isEmpty: Bool { header.payload.isEmpty }

    /// Whether it is the first packet of a frame, or of a picture of several layers, that needs no
    /// other.
    package var beginsKeyFrame: Bool {
        switch facts {
        case .plain(let begins): begins
        case .vp8(let facts): facts.beginsKeyFrame
        case .vp9(let facts): facts.beginsKeyPicture
        case .described(let facts): facts.beginsKeyFrame
        }
    }
}
