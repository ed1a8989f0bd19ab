/// What stands in front of each RTP packet's payload (RFC 3550 §5.1), and where its parts are.
///
/// Made from a packet once, without an allocation. It holds places in the packet and no bytes of
/// it: what reads them is given the same packet again.
public struct RTPHeader: Sendable, Hashable {
    /// The bytes of a header without contributing sources and extensions.
    public static let minimumSize = 12

    /// The meaning is the payload format's: the end of a frame of video, the beginning of speech.
    public var marker: Bool
    /// 0 to 127; what it stands for has been negotiated.
    public var payloadType: UInt8
    /// One more with each packet of a source, modulo 2^16.
    public var sequenceNumber: UInt16
    /// The moment of the payload's first sample, in units of the format's clock.
    public var timestamp: UInt32
    /// The source (RFC 3550 §3).
    public var ssrc: UInt32
    /// How many contributing sources are named, 0 to 15.
    public let csrcCount: Int
    /// How the elements of the header extension are written.
    public let extensionForm: ExtensionForm
    /// Where the elements of the header extension stand, without the four bytes in front of them.
    public let extensions: Range<Int>
    /// Where the payload stands, without padding.
    public let payload: Range<Int>
    /// Bytes behind the payload that mean nothing, 0 to 255.
    public let paddingCount: Int

    /// How the elements of a header extension are written (RFC 8285 §4).
    public enum ExtensionForm: Sendable, Hashable {
        /// There are none.
        case none
        /// Ids 1 to 14, values of 1 to 16 bytes (§4.2).
        case oneByte
        /// Ids 1 to 255, values of up to 255 bytes (§4.3).
        case twoByte
        /// Something else, with the number that it is known by (RFC 3550 §5.3.1).
        case other(UInt16)
    }

    /// Reads the header of a packet.
    ///
    /// - Throws: ``RTPError`` for what is no RTP packet: too short, another version, an extension
    ///   or padding that goes beyond it.
    public init(parsing packet: Span<UInt8>) throws(RTPError) {
        guard packet.count >= Self.minimumSize else {
            throw .truncated(field: "the header", needed: Self.minimumSize, available: packet.count)
        }
        let first = packet[0]
        guard first >> 6 == 2 else { throw .version(first >> 6) }
        marker = packet[1] & 0x80 != 0
        payloadType = packet[1] & 0x7F
        sequenceNumber = packet.uint16(at: 2)
        timestamp = packet.uint32(at: 4)
        ssrc = packet.uint32(at: 8)
        csrcCount = Int(first & 0x0F)
        var end = Self.minimumSize + 4 * csrcCount
        guard packet.count >= end else {
            throw .truncated(field: "the contributing sources", needed: end, available: packet.count)
        }
        if first & 0x10 != 0 {
            guard packet.count >= end + 4 else {
                throw .truncated(field: "the header extension", needed: end + 4, available: packet.count)
            }
            extensionForm = ExtensionForm(profile: packet.uint16(at: end))
            let start = end + 4
            end = start + 4 * Int(packet.uint16(at: end + 2))
            guard packet.count >= end else {
                throw .truncated(field: "the header extension", needed: end, available: packet.count)
            }
            extensions = start..<end
        } else {
            extensionForm = .none
            extensions = end..<end
        }
        if first & 0x20 != 0 {
            let count = packet.count > end ? packet[packet.count - 1] : 0
            guard count > 0, Int(count) <= packet.count - end else {
                throw .padding(count: count, available: packet.count - end)
            }
            paddingCount = Int(count)
        } else {
            paddingCount = 0
        }
        payload = end..<(packet.count - paddingCount)
    }

    /// A contributing source.
    ///
    /// - Parameters:
    ///   - index: below ``csrcCount``.
    ///   - packet: what the header was read from.
    public func csrc(_ index: Int, in packet: Span<UInt8>) -> UInt32 {
        packet.uint32(at: Self.minimumSize + 4 * index)
    }
}

extension RTPHeader.ExtensionForm {
    /// The form that a number says (RFC 8285 §4.2, §4.3).
    init(profile: UInt16) {
        self =
            switch profile {
            case 0xBEDE: .oneByte
            case 0x1000...0x100F: .twoByte
            default: .other(profile)
            }
    }
}
