/// Packets that are sent again in a stream of their own: RTX (RFC 4588 §4).
package enum Retransmission {
    /// What is sent again of a packet: its number, and its payload behind that.
    ///
    /// - Parameters:
    ///   - packet: as it was sent.
    ///   - payloadType: of the RTX format.
    ///   - ssrc: of the RTX stream.
    ///   - sequenceNumber: the next of the RTX stream.
    ///   - extensions: the header extension of the RTX stream, whole; nil for that of the packet.
    /// - Returns: nil for what is no packet.
    package static func wrap(
        _ packet: Span<UInt8>, payloadType: UInt8, ssrc: UInt32, sequenceNumber: UInt16, extensions: [UInt8]? = nil
    ) -> [UInt8]? {
        guard let header = try? RTPHeader(parsing: packet) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(packet.count + 2)
        // Padding is left out; everything else of the header is the same.
        let hasExtensions = extensions.map { !$0.isEmpty } ?? (packet[0] & 0x10 != 0)
        bytes.append(packet[0] & ~0x30 | (hasExtensions ? 0x10 : 0))
        bytes.append((header.marker ? 0x80 : 0) | payloadType & 0x7F)
        bytes.append(big: sequenceNumber)
        bytes.append(big: header.timestamp)
        bytes.append(big: ssrc)
        if let extensions {
            bytes.append(packet.extracting(RTPHeader.minimumSize..<RTPHeader.minimumSize + 4 * header.csrcCount))
            bytes += extensions
        } else {
            bytes.append(packet.extracting(RTPHeader.minimumSize..<header.payload.lowerBound))
        }
        bytes.append(big: header.sequenceNumber)
        bytes.append(packet.extracting(header.payload))
        return bytes
    }

    /// The packet that was sent again.
    ///
    /// - Returns: nil for what has no number in front of its payload, as packets have that only
    ///   fill.
    package static func unwrap(_ packet: Span<UInt8>, payloadType: UInt8, ssrc: UInt32) -> [UInt8]? {
        guard let header = try? RTPHeader(parsing: packet), header.payload.count >= 2 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(packet.count)
        bytes.append(packet[0] & ~0x20)
        bytes.append((header.marker ? 0x80 : 0) | payloadType & 0x7F)
        bytes.append(packet[header.payload.lowerBound])
        bytes.append(packet[header.payload.lowerBound + 1])
        bytes.append(big: header.timestamp)
        bytes.append(big: ssrc)
        bytes.append(packet.extracting(RTPHeader.minimumSize..<header.payload.lowerBound))
        bytes.append(packet.extracting(header.payload.lowerBound + 2..<header.payload.upperBound))
        return bytes
    }
}
