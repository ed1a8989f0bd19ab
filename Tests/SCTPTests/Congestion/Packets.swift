/// Packets as SCTP makes them, with nothing in them that is not looked at.
enum Packets {
    static let size = 60
    private static let header: [UInt8] = [0x13, 0x88, 0x13, 0x88, 1, 2, 3, 4, 0, 0, 0, 0]

    static func data(_ tsn: UInt32, size: Int = size) -> [UInt8] {
        let length = size - 12
        return header + [0, 3, UInt8(length >> 8), UInt8(length & 255)] + bytes(tsn)
            + Array(repeating: 0, count: length - 8)
    }

    /// Blocks are offsets from the TSN.
    static func sack(_ tsn: UInt32, window: UInt32, gaps: [ClosedRange<UInt16>] = []) -> [UInt8] {
        header + [3, 0, 0, UInt8(16 + 4 * gaps.count)] + bytes(tsn) + bytes(window) + [0, UInt8(gaps.count), 0, 0]
            + gaps.flatMap { [$0.lowerBound, $0.upperBound] }.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
    }

    static func bytes(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
    }
}
