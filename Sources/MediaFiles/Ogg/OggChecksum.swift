/// The checksum of a page (RFC 3533 §6): a CRC of 32 bits by 0x04C11DB7, the highest bit first,
/// from 0, without a last inversion.
enum OggChecksum {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index) << 24) { sum, _ in sum << 1 ^ (sum >> 31 == 1 ? 0x04C1_1DB7 : 0) }
    }

    /// - Parameter page: with zeros where the checksum goes.
    static func of(_ page: ArraySlice<UInt8>) -> UInt32 {
        let table = table
        return page.reduce(0) { sum, byte in sum << 8 ^ table[Int(UInt8(truncatingIfNeeded: sum >> 24) ^ byte)] }
    }
}
