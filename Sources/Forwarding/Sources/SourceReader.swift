import RTP

/// Reads the packets of one source, so that watchers' streams can be made of them. Pure; time is a
/// parameter.
package struct SourceReader: Sendable {
    /// How a source's payloads are read.
    package enum Codec: Sendable, Hashable {
        /// RFC 7741.
        case vp8
        /// RFC 9628.
        case vp9
        /// RFC 6184; key frames are all that is known.
        case h264
        /// RFC 7798; key frames are all that is known.
        case h265
        /// The AV1 RTP specification.
        case av1
        /// Each packet stands for itself.
        case audio
    }

    /// How many packets are held that wait for the structure that they go by.
    package static let maximumHeldCount = 64

    /// What its payloads are.
    package let codec: Codec
    /// The id of the dependency descriptor's element, as it was negotiated; nil if it was not.
    package let descriptorID: UInt8?
    private var numbers = NumberUnwrapper()
    private var descriptors = DescriptorHistory()
    /// Packets whose structure has not come yet.
    private var held: [(bytes: [UInt8], header: RTPHeader, number: Int64, arrival: Duration)] = []

    /// Nothing has come yet.
    package init(codec: Codec, descriptorID: UInt8? = nil) {
        self.codec = codec
        self.descriptorID = descriptorID
    }

    /// Reads a packet, as it came and without its protection; of one that was sent again in a
    /// stream of its own (RFC 4588), the original.
    ///
    /// - Parameters:
    ///   - bytes: the packet.
    ///   - arrival: when it came, by any clock that does not go back.
    /// - Returns: nil for what is no packet of the codec, or whose number is far from all others.
    package mutating func read(_ bytes: [UInt8], arrival: Duration) -> SourcePacket? {
        guard let header = try? RTPHeader(parsing: bytes.span) else { return nil }
        guard let number = numbers.unwrap(header.sequenceNumber) else { return nil }
        guard let facts = facts(of: header, in: bytes.span, number: number) else {
            if isDescribed(header, in: bytes.span) {
                if held.count >= Self.maximumHeldCount { held.removeFirst() }
                held.append((bytes, header, number, arrival))
            }
            return nil
        }
        return SourcePacket(bytes: bytes, header: header, number: number, arrival: arrival, facts: facts)
    }

    /// The packets that came before the structure that they go by, which is that of a key frame's
    /// first packet. To be called after each packet that begins a key frame.
    package mutating func readHeld() -> [SourcePacket] {
        defer { held = [] }
        var packets: [SourcePacket] = []
        for packet in held {
            guard let facts = facts(of: packet.header, in: packet.bytes.span, number: packet.number) else { continue }
            packets.append(
                SourcePacket(
                    bytes: packet.bytes, header: packet.header, number: packet.number, arrival: packet.arrival,
                    facts: facts))
        }
        return packets.sorted { $0.number < $1.number }
    }

    private func isDescribed(_ header: RTPHeader, in packet: Span<UInt8>) -> Bool {
        guard let id = descriptorID, [.h264, .h265, .av1].contains(codec) else { return false }
        return header.rangeOfExtension(id, in: packet) != nil
    }

    private mutating func facts(
        of header: RTPHeader, in packet: Span<UInt8>, number: Int64
    ) -> SourcePacket.Facts? {
        let payload = packet.extracting(header.payload)
        // Padding is of no frame.
        guard !payload.isEmpty else { return .plain(beginsKeyFrame: false) }
        switch codec {
        case .vp8: return VP8Facts(payload).map { .vp8($0) }
        case .vp9: return VP9Facts(payload).map { .vp9($0) }
        case .audio: return .plain(beginsKeyFrame: true)
        case .h264, .h265, .av1:
            if let id = descriptorID, let range = header.rangeOfExtension(id, in: packet) {
                return descriptors.read(packet.extracting(range), id: id, number: number).map { .described($0) }
            }
            return .plain(beginsKeyFrame: beginsKeyFrame(payload))
        }
    }

    private func beginsKeyFrame(_ payload: Span<UInt8>) -> Bool {
        switch codec {
        case .h264: H264Format().beginsKeyFrame(payload)
        case .h265: H265Format().beginsKeyFrame(payload)
        default: AV1Format().beginsKeyFrame(payload)
        }
    }
}
