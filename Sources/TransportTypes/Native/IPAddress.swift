internal import Glibc

/// An IPv4 or IPv6 address as its 4 or 16 bytes in network order.
package struct IPAddress: Hashable, Sendable {
    /// 4 or 16.
    package let bytes: [UInt8]

    /// - Parameter bytes: 4 or 16; otherwise nil.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// Reads the usual notations: dotted quad, RFC 4291 §2.2. No zone, no brackets, no name.
    package init?(_ text: String) {
        // A text with a zero byte would be read only as far as that.
        guard text.utf8.count <= 45, !text.utf8.contains(0) else { return nil }
        for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
            var bytes = [UInt8](repeating: 0, count: count)
            // SAFETY: inet_pton writes exactly 4 or 16 bytes for its family.
            let status = unsafe bytes.withUnsafeMutableBytes { unsafe inet_pton(family, text, $0.baseAddress) }
            if status == 1 {
                self.bytes = bytes
                return
            }
        }
        return nil
    }

    /// True for 16 bytes.
    package var isIPv6: Bool { bytes.count == 16 }

    /// 127/8 or ::1.
    package var isLoopback: Bool {
        isIPv6 ? bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1 : bytes.first == 127
    }

    /// 0.0.0.0 or ::, which is no host's.
    package var isUnspecified: Bool { bytes.allSatisfy { $0 == 0 } }

    /// 224/4, with it the broadcast address and what is reserved, or ff00::/8.
    package var isMulticast: Bool { isIPv6 ? bytes[0] == 0xFF : bytes[0] >= 224 }

    /// One host's. Whoever names another one for us to check would have us send to many, or to our
    /// own machine.
    package var isUnicast: Bool { !isUnspecified && !isMulticast }

    /// fe80::/10: of no use to a peer without a zone.
    package var isIPv6LinkLocal: Bool { isIPv6 && bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80 }
}

extension IPAddress: CustomStringConvertible {
    /// The shortest usual notation: RFC 5952.
    package var description: String {
        var text = [UInt8](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = isIPv6 ? AF_INET6 : AF_INET
        // SAFETY: both buffers have the size that inet_ntop is told or, for the address, that its
        // family implies.
        unsafe bytes.withUnsafeBytes { source in
            unsafe text.withUnsafeMutableBytes { target in
                _ = unsafe inet_ntop(family, source.baseAddress, target.baseAddress, socklen_t(target.count))
            }
        }
        return String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
    }
}
