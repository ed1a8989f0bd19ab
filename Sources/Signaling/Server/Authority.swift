internal import NIOCore

/// A host and perhaps a port, as in a `Host` header or an origin (RFC 3986 §3.2).
struct Authority: Equatable {
    /// A name in lower case without the dot at its end, or an address in its shortest form without
    /// brackets and zone.
    let host: String
    let port: UInt16?
    /// The host, when it is an address.
    let address: String?

    /// Nil when the text has another form.
    init?(_ text: String) {
        let text = text.lowercased()
        let name: Substring
        let portText: Substring
        if text.first == "[" {
            guard let bracket = text.firstIndex(of: "]") else { return nil }
            name = text[text.index(after: text.startIndex)..<bracket]
            portText = text[text.index(after: bracket)...]
            guard name.contains(":") else { return nil }
        } else {
            let colon = text.firstIndex(of: ":") ?? text.endIndex
            name = text[..<colon]
            portText = text[colon...]
        }
        if portText.isEmpty || portText == ":" {
            port = nil
        } else {
            guard portText.first == ":", portText.dropFirst().utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let number = UInt16(portText.dropFirst())
            else { return nil }
            port = number
        }
        let address = Self.shortest(String(name))
        let plain = name.last == "." ? name.dropLast() : name
        guard address != nil || (!plain.isEmpty && plain.utf8.allSatisfy(Self.mayStandInName)) else { return nil }
        self.address = address
        host = address ?? String(plain)
    }

    /// Whether it is this machine, for whoever says it.
    var isLoopback: Bool {
        if let address { return Self.isLoopback(address) }
        return host == "localhost" || host.hasSuffix(".localhost")  // RFC 6761 §6.3
    }

    /// Whether an address is one of loopback's, 127.0.0.0/8 or ::1.
    static func isLoopback(_ address: String) -> Bool {
        let short = shortest(address)
        return short == "::1" || short?.hasPrefix("127.") == true
    }

    /// An address in its shortest form, without a zone, IPv4 in IPv6 as IPv4; nil for what is none.
    static func shortest(_ text: String) -> String? {
        let plain = String(text.prefix { $0 != "%" })
        // Addresses of IPv6 have zones, others have none (RFC 4007 §11).
        guard plain == text || plain.contains(":") else { return nil }
        guard let ip = (try? SocketAddress(ipAddress: plain, port: 0))?.ipAddress else { return nil }
        let mapped = "::ffff:"
        if ip.hasPrefix(mapped), ip.contains(".") { return String(ip.dropFirst(mapped.count)) }
        return String(ip.prefix { $0 != "%" })
    }

    private static func mayStandInName(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"): true
        default: false
        }
    }
}
