/// CRC32c (RFC 9260 §6.8, appendix A), so that broken packets get past the first check.
enum Checksum {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in
            value & 1 == 1 ? (value >> 1) ^ 0x82F6_3B78 : value >> 1
        }
    }

    /// The checksum of these bytes.
    static func crc32c(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(UInt32.max) { ($0 >> 8) ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
    }

    /// The packet with its checksum made right.
    static func fix(_ packet: [UInt8]) -> [UInt8] {
        guard packet.count >= 12 else { return packet }
        var packet = packet
        packet.replaceSubrange(8..<12, with: [0, 0, 0, 0])
        let value = crc32c(packet)
        packet.replaceSubrange(8..<12, with: (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) })
        return packet
    }
}
