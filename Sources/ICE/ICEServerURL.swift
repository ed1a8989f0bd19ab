public import TransportTypes

/// A STUN or TURN URI: RFC 7064 §3.1, RFC 7065 §3.1.
public struct ICEServerURL: Hashable, Sendable {
    /// The part before the colon.
    public enum Scheme: String, Hashable, Sendable {
        /// STUN over UDP.
        case stun
        /// STUN over TLS.
        case stuns
        /// TURN over UDP or TCP.
        case turn
        /// TURN over TLS or DTLS.
        case turns

        /// True for the two that run inside TLS.
        public var isSecure: Bool { self == .stuns || self == .turns }
        /// True for the two that relay.
        public var isRelay: Bool { self == .turn || self == .turns }
    }

    /// `?transport=` of a TURN URI.
    public enum Transport: String, Hashable, Sendable {
        /// UDP, or DTLS for `turns:`.
        case udp
        /// TCP, or TLS for `turns:`.
        case tcp
    }

    /// STUN or TURN, plain or secure.
    public let scheme: Scheme
    /// A host name or an IP address, IPv6 without its brackets.
    public let host: String
    /// The port; 3478, or 5349 for the secure schemes, when the URI names none.
    public let port: UInt16
    /// The transport that the URI names or implies: UDP, or TCP for the secure schemes.
    public let transport: Transport

    /// Reads a URI, strictly.
    ///
    /// - Throws: `ICEError.Code.invalidServerURL`, a W3C SyntaxError.
    public init(parsing text: String) throws(ICEError) {
        guard let colon = text.firstIndex(of: ":") else {
            throw Self.failure(text, "starts with stun:, stuns:, turn: or turns:")
        }
        guard let scheme = Scheme(rawValue: text[..<colon].lowercased()) else {
            throw Self.failure(text, "starts with stun:, stuns:, turn: or turns:, not '\(text[..<colon]):'")
        }
        var rest = text[text.index(after: colon)...]
        if let second = Self.secondScheme(of: rest) {
            throw Self.failure(
                text,
                "names its scheme once, not '\(scheme.rawValue):\(second):'; ICEServer.stun, turn and turns add it to a host"
            )
        }
        var transport: Transport?
        if let mark = rest.firstIndex(of: "?") {
            guard scheme.isRelay else { throw Self.failure(text, "has no query for \(scheme.rawValue):") }
            transport = try Self.transport(rest[rest.index(after: mark)...], of: text)
            rest = rest[..<mark]
        }
        (host, port) = try Self.hostAndPort(rest, default: scheme.isSecure ? 5349 : 3478, of: text)
        self.scheme = scheme
        self.transport = transport ?? (scheme.isSecure ? .tcp : .udp)
    }

    /// A scheme that stands where the host should; a host may have such a name, before a port.
    private static func secondScheme(of rest: Substring) -> String? {
        guard let colon = rest.firstIndex(of: ":"), let scheme = Scheme(rawValue: rest[..<colon].lowercased()),
            let next = rest[rest.index(after: colon)...].utf8.first, !(0x30...0x39).contains(next)
        else { return nil }
        return scheme.rawValue
    }

    /// Why such a server is not available here; nil for one that is.
    package var obstacle: String? {
        switch (scheme, transport) {
        case (.turns, .udp): "TURN over DTLS is not available; use turns:\(name)?transport=tcp, which is TURN over TLS"
        case (.stuns, _): "STUN over TLS is not available; use stun:\(name)"
        default: nil
        }
    }

    /// The host as it stands in a URI.
    private var name: String { host.contains(":") ? "[\(host)]" : host }

    private static func transport(_ query: Substring, of text: String) throws(ICEError) -> Transport {
        guard !query.contains("?") else {
            throw failure(text, "has one query; ICEServer.turn and turns add ?transport= to a host themselves")
        }
        guard query.hasPrefix("transport="), let transport = Transport(rawValue: query.dropFirst(10).lowercased())
        else { throw failure(text, "has no query but ?transport=udp or ?transport=tcp") }
        return transport
    }

    private static func hostAndPort(
        _ rest: Substring, default defaultPort: UInt16, of text: String
    ) throws(ICEError) -> (String, UInt16) {
        var host = rest
        var port: Substring?
        if rest.first == "[" {
            guard let end = rest.firstIndex(of: "]") else { throw failure(text, "closes the bracket of its address") }
            host = rest[rest.index(after: rest.startIndex)..<end]
            guard let address = IPAddress(String(host)), address.isIPv6 else {
                throw failure(text, "has an IPv6 address in brackets")
            }
            let tail = rest[rest.index(after: end)...]
            guard tail.isEmpty || tail.first == ":" else { throw failure(text, "has only a port after the bracket") }
            port = tail.isEmpty ? nil : tail.dropFirst()
        } else {
            if let colon = rest.firstIndex(of: ":") {
                host = rest[..<colon]
                port = rest[rest.index(after: colon)...]
            }
            guard !host.isEmpty else { throw failure(text, "names a host") }
            guard host.utf8.allSatisfy({ $0 < 0x80 }) else {
                throw failure(text, "has its host in ASCII: write '\(host.prefix(100))' in punycode, as xn--…")
            }
            guard host.utf8.count <= 253, host.utf8.allSatisfy(isHostCharacter) else {
                throw failure(text, "has only a host and a port: no '//', user, path or fragment")
            }
        }
        guard let port else { return (String(host), defaultPort) }
        guard (1...5).contains(port.utf8.count), port.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = UInt16(port), number > 0
        else { throw failure(text, "has a port from 1 to 65535 (an IPv6 address needs brackets)") }
        return (String(host), number)
    }

    /// Host names as the resolver knows them; percent-encoding has no use in a STUN or TURN URI.
    private static func isHostCharacter(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
    }

    private static func failure(_ text: String, _ rule: String) -> ICEError {
        ICEError(.invalidServerURL, "'\(text.prefix(256))': a server URL \(rule) (RFC 7064 §3.1, RFC 7065 §3.1)")
    }
}

extension ICEServerURL: CustomStringConvertible {
    /// The URI with its port, and its transport for TURN.
    public var description: String {
        return "\(scheme.rawValue):\(name):\(port)" + (scheme.isRelay ? "?transport=\(transport.rawValue)" : "")
    }
}
