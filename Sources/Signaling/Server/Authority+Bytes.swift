internal import NIOCore

extension Authority {
    /// The bytes of the host, when it is an address: 4 of IPv4, 16 of IPv6, as a certificate has
    /// them (RFC 5280 §4.2.1.6).
    var addressBytes: [UInt8]? {
        guard let address else { return nil }
        guard address.contains(":") else { return Self.bytes(ofIPv4: address) }
        // The shortest form leaves out one row of zeros.
        let halves = address.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false)
        let parts = halves.map { half in half.split(separator: ":").flatMap(Self.bytes(ofGroup:)) }
        guard parts.count == 2 else { return parts[0].count == 16 ? parts[0] : nil }
        let missing = 16 - parts[0].count - parts[1].count
        guard missing >= 0 else { return nil }
        return parts[0] + [UInt8](repeating: 0, count: missing) + parts[1]
    }

    private static func bytes(ofIPv4 text: some StringProtocol) -> [UInt8]? {
        let bytes = text.split(separator: ".").compactMap { UInt8($0) }
        return bytes.count == 4 ? bytes : nil
    }

    /// The last two groups of IPv6 may be written as an address of IPv4.
    private static func bytes(ofGroup text: Substring) -> [UInt8] {
        if text.contains(".") { return bytes(ofIPv4: text) ?? [] }
        guard let group = UInt16(text, radix: 16) else { return [] }
        return [UInt8(group >> 8), UInt8(group & 0xFF)]
    }
}

extension Authority {
    /// An address in its shortest form from its bytes; nil when there are not 4 or 16.
    static func text(addressBytes: [UInt8]) -> String? {
        guard let address = try? SocketAddress(packedIPAddress: ByteBuffer(bytes: addressBytes), port: 0) else {
            return nil
        }
        return address.ipAddress.flatMap(shortest)
    }
}
