package import RTP

/// What is changed of a source's packet for one watcher. It is small: what watchers get is shared
/// but for that.
package struct PacketRewrite: Sendable, Hashable {
    /// What is changed of a payload descriptor; never its size.
    package enum Payload: Sendable, Hashable {
        /// Nothing.
        case none
        /// PictureID, TL0PICIDX and KEYIDX, of those that are there (RFC 7741 §4.2). Each is cut to
        /// the bits that it has.
        case vp8(pictureID: UInt16, baseLayerIndex: UInt8, keyIndex: UInt8)
        /// The picture id and TL0PICIDX, of those that are there (RFC 9628 §4.2).
        case vp9(pictureID: UInt16, baseLayerIndex: UInt8)
    }

    /// What is changed of a dependency descriptor (AV1 RTP specification, appendix A.8).
    package struct Descriptor: Sendable, Hashable {
        /// The element's id.
        package var id: UInt8
        /// Stands in the second and third byte.
        package var frameNumber: UInt16
        /// Takes the place of the whole element, whose size may be another; nil if only the number
        /// is changed.
        package var replacement: [UInt8]?
    }

    /// The watcher's.
    package var ssrc: UInt32
    /// The watcher's.
    package var sequenceNumber: UInt16
    /// The watcher's.
    package var timestamp: UInt32
    /// 0 to 127; nil leaves it as it is.
    package var payloadType: UInt8?
    /// Whether the marker bit is set though the source has not set it.
    package var setsMarker = false
    /// Whether nothing but padding is sent: the packet was one that the watcher is not to have, and
    /// its number was promised already.
    package var isFilling = false
    /// What is changed of the payload.
    package var payload = Payload.none
    /// What is changed of the dependency descriptor, if there is one.
    package var descriptor: Descriptor?

    /// The packet for the watcher.
    package func applied(to packet: SourcePacket) -> [UInt8] {
        var header = packet.header
        guard !isFilling else { return filling(payloadType ?? header.payloadType) }
        var bytes = packet.bytes
        if let descriptor, let replacement = descriptor.replacement,
            let other = Self.replacing(descriptor.id, with: replacement, in: packet),
            let parsed = try? RTPHeader(parsing: other.span)
        {
            (bytes, header) = (other, parsed)
        } else if let descriptor, let range = header.rangeOfExtension(descriptor.id, in: bytes.span), range.count > 2 {
            bytes.put(descriptor.frameNumber, at: range.lowerBound + 1)
        }
        if setsMarker { bytes[1] |= 0x80 }
        if let payloadType { bytes[1] = bytes[1] & 0x80 | payloadType & 0x7F }
        bytes.put(sequenceNumber, at: 2)
        bytes.put(UInt16(truncatingIfNeeded: timestamp >> 16), at: 4)
        bytes.put(UInt16(truncatingIfNeeded: timestamp), at: 6)
        bytes.put(UInt16(truncatingIfNeeded: ssrc >> 16), at: 8)
        bytes.put(UInt16(truncatingIfNeeded: ssrc), at: 10)
        if !header.payload.isEmpty { change(&bytes, header.payload) }
        return bytes
    }

    /// A packet of one byte of padding (RFC 3550 §5.1), which is in place of one that is left out.
    private func filling(_ payloadType: UInt8) -> [UInt8] {
        let packet = RTPPacket(
            payloadType: payloadType & 0x7F, sequenceNumber: sequenceNumber, timestamp: timestamp, ssrc: ssrc,
            paddingCount: 1)
        return (try? packet.encoded()) ?? []
    }

    private func change(_ bytes: inout [UInt8], _ range: Range<Int>) {
        let prefix = prefix(insteadOf: bytes.span.extracting(range))
        for index in 0..<prefix.count { bytes[range.lowerBound + index] = prefix[index] }
    }

    /// What stands at the beginning of the payload for the watcher, in place of as many bytes;
    /// nothing where nothing of it is changed. The rest can be shared by all watchers.
    package func prefix(of packet: SourcePacket) -> PayloadPrefix {
        isFilling ? PayloadPrefix() : prefix(insteadOf: packet.bytes.span.extracting(packet.header.payload))
    }

    /// What the watcher's dependency descriptor is; nil if there is none.
    package func descriptor(of packet: SourcePacket) -> [UInt8]? {
        guard let descriptor, !isFilling else { return nil }
        if let replacement = descriptor.replacement { return replacement }
        let range = packet.header.rangeOfExtension(descriptor.id, in: packet.bytes.span)
        guard let range, range.count > 2 else { return nil }
        var value = Array(packet.bytes[range])
        value.put(descriptor.frameNumber, at: 1)
        return value
    }

    private func prefix(insteadOf bytes: Span<UInt8>) -> PayloadPrefix {
        var prefix = PayloadPrefix()
        switch payload {
        case .none: break
        case .vp8(let pictureID, let baseLayerIndex, let keyIndex):
            let places = VP8Places(bytes)
            guard prefix.append(bytes, through: places.end) else { break }
            prefix.put(pictureID: pictureID, bits: places.pictureIDBits, at: 2)
            if places.hasBaseLayerIndex { prefix.replace(places.baseLayerIndex, with: baseLayerIndex) }
            if places.hasKeyIndex {
                prefix.replace(places.layers, with: prefix[places.layers] & 0xE0 | keyIndex & 0x1F)
            }
        case .vp9(let pictureID, let baseLayerIndex):
            let places = VP9Places(bytes)
            guard prefix.append(bytes, through: places.end) else { break }
            prefix.put(pictureID: pictureID, bits: places.pictureIDBits, at: 1)
            if places.hasBaseLayerIndex { prefix.replace(places.baseLayerIndex, with: baseLayerIndex) }
        }
        return prefix
    }

    /// The packet with another value of an element; nil if that cannot be written.
    private static func replacing(_ id: UInt8, with value: [UInt8], in packet: SourcePacket) -> [UInt8]? {
        guard var changed = try? RTPPacket(parsing: packet.bytes.span),
            let index = changed.extensions.firstIndex(where: { $0.id == id })
        else { return nil }
        changed.extensions[index] = RTPExtensionElement(id: id, value: value)
        return try? changed.encoded()
    }
}

extension [UInt8] {
    /// Writes a number in network byte order, if there is room for it.
    fileprivate mutating func put(_ number: UInt16, at place: Int) {
        guard place + 1 < count else { return }
        self[place] = UInt8(truncatingIfNeeded: number >> 8)
        self[place + 1] = UInt8(truncatingIfNeeded: number)
    }
}

extension PayloadPrefix {
    /// Appends the first bytes of a payload that has more than those.
    fileprivate mutating func append(_ payload: Span<UInt8>, through end: Int) -> Bool {
        guard end < payload.count, count + end <= Self.maximumCount else { return false }
        for index in 0..<end { append(payload[index]) }
        return true
    }

    /// Writes a picture id of 7 or 15 bits in as many; of 0 bits, none.
    fileprivate mutating func put(pictureID: UInt16, bits: Int, at place: Int) {
        switch bits {
        case 7: replace(place, with: UInt8(truncatingIfNeeded: pictureID & 0x7F))
        case 15:
            replace(place, with: UInt8(truncatingIfNeeded: pictureID >> 8) | 0x80)
            replace(place + 1, with: UInt8(truncatingIfNeeded: pictureID))
        default: break
        }
    }
}
