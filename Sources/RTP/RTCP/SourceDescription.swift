/// Goes through the items of an SDES packet: what sources say of themselves (RFC 3550 §6.5).
public struct SourceDescription: Sendable {
    /// One item of one source.
    public struct Item: Sendable, Hashable {
        /// Whose it is.
        public let ssrc: UInt32
        /// What it is.
        public let type: Kind
        /// Where its text stands, UTF-8, up to 255 bytes.
        public let text: Range<Int>
    }

    /// The kind of an item (IANA, RTP SDES item types).
    public struct Kind: RawRepresentable, Sendable, Hashable {
        /// The number in the packet.
        public let rawValue: UInt8

        /// Any number.
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// CNAME: the same for all sources of one end (§6.5.1).
        public static let canonicalName = Kind(rawValue: 1)
        /// MID (RFC 8843 §15.2).
        public static let mid = Kind(rawValue: 15)
        /// RtpStreamId (RFC 8852 §4.1).
        public static let streamID = Kind(rawValue: 12)
        /// RepairedRtpStreamId (RFC 8852 §4.2).
        public static let repairedStreamID = Kind(rawValue: 13)
    }

    private let end: Int
    private var place: Int
    private var chunk: (ssrc: UInt32, start: Int)?
    private var chunksLeft: Int

    /// Nil if the packet is another.
    public init?(_ block: RTCPReader.Block) {
        guard block.type == .sourceDescription else { return nil }
        place = block.body.lowerBound
        end = block.body.upperBound
        chunksLeft = Int(block.count)
    }

    /// The next item, or nil at the end, and where the packet is not what it should be.
    public mutating func next(in compound: Span<UInt8>) -> Item? {
        while true {
            guard let (ssrc, start) = chunk else {
                guard chunksLeft > 0, place + 4 <= end else { return nil }
                chunksLeft -= 1
                chunk = (compound.uint32(at: place), place)
                place += 4
                continue
            }
            guard place < end else { return nil }
            let kind = compound[place]
            if kind == 0 {
                // One byte at least ends the list; the next chunk begins with a word.
                place += 4 - (place - start) % 4
                chunk = nil
                continue
            }
            guard place + 2 <= end, place + 2 + Int(compound[place + 1]) <= end else { return nil }
            let text = place + 2..<place + 2 + Int(compound[place + 1])
            place = text.upperBound
            return Item(ssrc: ssrc, type: Kind(rawValue: kind), text: text)
        }
    }
}

extension RTCPWriter {
    /// Appends the CNAME of sources, 31 in each packet; more than 255 bytes of it are left out.
    public mutating func appendCanonicalName(_ name: String, of sources: [UInt32]) {
        let text = Array(name.utf8.prefix(255))
        append(.sourceDescription, sources) { part, bytes in
            for ssrc in part {
                let start = bytes.count
                bytes.append(big: ssrc)
                bytes.append(SourceDescription.Kind.canonicalName.rawValue)
                bytes.append(UInt8(truncatingIfNeeded: text.count))
                bytes += text
                bytes.append(0)
                while (bytes.count - start) % 4 != 0 { bytes.append(0) }
            }
        }
    }
}
