// Both: which of them the system's names come from depends on which is read first.
internal import CLinux
internal import Glibc

/// Addresses of records as text.
package enum AddressText {
    /// The text of 4 bytes (IPv4) or 16 (IPv6); link-local IPv6 gets the zone of its interface,
    /// when that is known.
    package static func text(_ address: [UInt8], interface: UInt32 = 0) -> String? {
        let family: Int32
        switch address.count {
        case 4: family = AF_INET
        case 16: family = AF_INET6
        default: return nil
        }
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        // SAFETY: inet_ntop reads 4 or 16 bytes, as the family says, and writes at most `count`
        // into the buffer.
        guard unsafe inet_ntop(family, address, &buffer, socklen_t(buffer.count)) != nil else { return nil }
        let text = string(buffer)
        guard isLinkLocal(address), interface != 0 else { return text }
        var name = [CChar](repeating: 0, count: Int(IF_NAMESIZE))
        // SAFETY: writes at most IF_NAMESIZE bytes into the buffer of that size.
        guard unsafe if_indextoname(interface, &name) != nil else { return text }
        return "\(text)%\(string(name))"
    }

    /// fe80::/10
    package static func isLinkLocal(_ address: [UInt8]) -> Bool {
        address.count == 16 && address[0] == 0xFE && address[1] & 0xC0 == 0x80
    }

    private static func string(_ buffer: [CChar]) -> String {
        String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
