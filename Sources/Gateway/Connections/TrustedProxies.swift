internal import Signaling

/// The proxies that are believed when they say whose request it is, in `X-Forwarded-For`.
struct TrustedProxies: Sendable {
    /// An address or a network.
    private struct Network: Sendable {
        let bytes: [UInt8]
        let bits: Int

        init?(_ text: String) {
            let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            guard let bytes = RequestAccess.address(in: String(parts[0]))?.bytes else { return nil }
            guard parts.count == 2 else {
                self.init(bytes: bytes, bits: bytes.count * 8)
                return
            }
            guard let bits = Int(parts[1]), (0...bytes.count * 8).contains(bits) else { return nil }
            self.init(bytes: bytes, bits: bits)
        }

        private init(bytes: [UInt8], bits: Int) {
            self.bytes = bytes
            self.bits = bits
        }

        func contains(_ address: [UInt8]) -> Bool {
            guard address.count == bytes.count else { return false }
            for index in 0..<(bits + 7) / 8 {
                let kept = min(8, bits - index * 8)
                let mask = UInt8(truncatingIfNeeded: 0xFF << (8 - kept))
                if (address[index] ^ bytes[index]) & mask != 0 { return false }
            }
            return true
        }
    }

    private let networks: [Network]

    /// - Parameter texts: addresses and networks, such as `10.0.0.7` and `fd00::/8`; what is
    ///   neither is left out, for which see ``isNetwork(_:)``.
    init(_ texts: [String]) {
        networks = texts.compactMap { Network($0) }
    }

    static func isNetwork(_ text: String) -> Bool { Network(text) != nil }

    /// Whose request it is: the last address in the header that is no trusted proxy's, where the
    /// connection comes from one that is; that of the connection otherwise.
    ///
    /// - Parameters:
    ///   - address: the other end of the connection.
    ///   - forwarded: the values of all `X-Forwarded-For` headers.
    func client(behind address: String, _ forwarded: [String]) -> String {
        guard !networks.isEmpty, isTrusted(address) else { return address }
        var client = address
        let hops = forwarded.flatMap { $0.split(separator: ",") }
        for hop in hops.reversed() {
            let text = hop.trimmingPrefix { $0 == " " }
            let end = text.lastIndex { $0 != " " }
            // What cannot be read, nobody who is trusted has written; the one behind it is the last
            // that is known.
            guard let end, let address = RequestAccess.address(in: String(text[...end])) else { return client }
            client = address.text
            if !isTrusted(client) { return client }
        }
        return client
    }

    private func isTrusted(_ address: String) -> Bool {
        guard let bytes = RequestAccess.address(in: address)?.bytes else { return false }
        return networks.contains { $0.contains(bytes) }
    }
}
