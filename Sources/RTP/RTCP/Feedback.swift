/// What all feedback begins with (RFC 4585 §6.1).
public struct Feedback: Sendable, Hashable {
    /// Which it is.
    public enum Kind: Sendable, Hashable {
        /// Packets are missing: generic NACK (RFC 4585 §6.2.1).
        case nack
        /// When packets of all sources have arrived, by transport-wide numbers
        /// (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1).
        case transportWide
        /// When packets have arrived, by source (RFC 8888).
        case congestionControl
        /// A picture was lost: PLI (RFC 4585 §6.3.1).
        case pictureLoss
        /// A picture that needs no other is asked for: FIR (RFC 5104 §4.3.1).
        case fullIntraRequest
        /// An application's (RFC 4585 §6.4), among which is REMB.
        case application
        /// Another one.
        case other(RTCPType, UInt8)
    }

    /// Which it is.
    public let kind: Kind
    /// Who says it.
    public let sender: UInt32
    /// The source that is spoken of; 0 where its items name others.
    public let media: UInt32
    /// Where its items stand.
    public let items: Range<Int>

    /// Reads one; nil if the packet is another, or ends before its two sources.
    public init?(_ block: RTCPReader.Block, in compound: Span<UInt8>) {
        guard block.type == .transportFeedback || block.type == .payloadFeedback, block.body.count >= 8 else {
            return nil
        }
        kind =
            switch (block.type, block.count) {
            case (.transportFeedback, 1): .nack
            case (.transportFeedback, 15): .transportWide
            case (.transportFeedback, 11): .congestionControl
            case (.payloadFeedback, 1): .pictureLoss
            case (.payloadFeedback, 4): .fullIntraRequest
            case (.payloadFeedback, 15): .application
            default: .other(block.type, block.count)
            }
        sender = compound.uint32(at: block.body.lowerBound)
        media = compound.uint32(at: block.body.lowerBound + 4)
        items = block.body.lowerBound + 8..<block.body.upperBound
    }
}

extension RTCPWriter {
    mutating func append(
        _ type: RTCPType, format: Int, from sender: UInt32, of media: UInt32, _ items: (inout [UInt8]) -> Void
    ) -> Bool {
        append(type, count: format) { bytes in
            bytes.append(big: sender)
            bytes.append(big: media)
            items(&bytes)
        }
    }

    /// Says that a picture of a source was lost.
    public mutating func appendPictureLoss(from sender: UInt32, of media: UInt32) {
        _ = append(.payloadFeedback, format: 1, from: sender, of: media) { _ in }
    }
}
