/// A transport address that a peer may be reached at: the `candidate` attribute of RFC 8839 §5.1.
///
/// ``init(parsing:)`` and ``description`` are inverse: every attribute after the type is kept in
/// its place, known or not.
public struct ICECandidate: Hashable, Sendable {
    /// The transport protocol, as written in the line; `UDP` and `udp` are both UDP.
    public struct Transport: Hashable, Sendable {
        /// As written.
        public let rawValue: String

        /// A transport by name; any case.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// `udp`.
        public static let udp = Transport(rawValue: "udp")
        /// `tcp`, RFC 6544.
        public static let tcp = Transport(rawValue: "tcp")

        /// Names are compared without case (RFC 8839 §5.1).
        public static func == (left: Transport, right: Transport) -> Bool {
            left.rawValue.lowercased() == right.rawValue.lowercased()
        }

        /// Consistent with `==`.
        public func hash(into hasher: inout Hasher) { hasher.combine(rawValue.lowercased()) }
    }

    /// How the address was learnt: RFC 8445 §5.1.1. A type from a later specification is kept as it
    /// is.
    public struct Kind: Hashable, Sendable {
        /// The word after `typ`.
        public let rawValue: String

        /// A type by its word.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// An address of one of the peer's own interfaces.
        public static let host = Kind(rawValue: "host")
        /// As seen by a STUN server.
        public static let serverReflexive = Kind(rawValue: "srflx")
        /// As seen by the other peer in a connectivity check.
        public static let peerReflexive = Kind(rawValue: "prflx")
        /// An address on a TURN server.
        public static let relayed = Kind(rawValue: "relay")
    }

    /// Which end opens a TCP connection: RFC 6544 §4.5.
    public enum TCPType: String, Hashable, Sendable {
        /// Opens connections; its port is meaningless and written as 9.
        case active
        /// Accepts connections.
        case passive
        /// Does both at once.
        case simultaneousOpen = "so"
    }

    /// The way between this end and its TURN server: W3C `RTCIceServerTransportProtocol`.
    public enum RelayProtocol: String, Hashable, Sendable, Codable, CaseIterable {
        /// Datagrams, of which each may be lost.
        case udp
        /// A stream in the clear.
        case tcp
        /// A stream that TLS protects.
        case tls
    }

    /// A name and a value after the type.
    public struct Attribute: Hashable, Sendable {
        /// Such as `generation`, `ufrag` or `network-id`.
        public let name: String
        /// The word after the name.
        public let value: String

        /// Both words must be free of spaces and control characters to be printable.
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Equal for candidates of the same type, base, server and protocol (RFC 8445 §5.1.1.3). Ours
    /// have 1 to 32 letters, digits, `+` or `/` (RFC 8839 §5.1); those of peers any.
    public var foundation: String
    /// 1 for RTP and data, 2 for RTCP without multiplexing. Candidates of others than 1 are not
    /// used.
    public var component: UInt16
    /// The transport protocol.
    public var transport: Transport
    /// The larger, the sooner it is tried: RFC 8445 §5.1.2.
    public var priority: UInt32
    /// An IPv4 or IPv6 address without brackets, or a host name such as `….local`.
    public var address: String
    /// The port; 9 for active TCP candidates.
    public var port: UInt16
    /// How the address was learnt.
    public var kind: Kind
    /// All that follows the type, in order: `raddr` and `rport` too.
    public var attributes: [Attribute]

    /// A candidate from its parts; nothing is checked. Use ``init(parsing:)`` for what comes from
    /// elsewhere.
    public init(
        foundation: String, component: UInt16 = 1, transport: Transport = .udp, priority: UInt32, address: String,
        port: UInt16, kind: Kind, attributes: [Attribute] = []
    ) {
        self.foundation = foundation
        self.component = component
        self.transport = transport
        self.priority = priority
        self.address = address
        self.port = port
        self.kind = kind
        self.attributes = attributes
    }

    /// `raddr`: the address that this candidate is derived from.
    public var relatedAddress: String? { value(of: "raddr") }

    /// `rport`: the port of ``relatedAddress``.
    public var relatedPort: UInt16? { value(of: "rport").flatMap { UInt16($0) } }

    /// `tcptype`, for TCP candidates.
    public var tcpType: TCPType? { value(of: "tcptype").flatMap { TCPType(rawValue: $0.lowercased()) } }

    /// `ufrag`: the generation of credentials that a trickled candidate belongs to (RFC 8840 §4.2).
    public var usernameFragment: String? { value(of: "ufrag") }

    /// What follows the type, without `raddr`, `rport` and `tcptype`.
    public var extensions: [Attribute] {
        attributes.filter { !["raddr", "rport", "tcptype"].contains($0.name) }
    }

    /// The STUN or TURN server that a candidate of this end is from, as the application gave it;
    /// nil for others, and where one of several servers has to be guessed. W3C `url`; no part of
    /// the line.
    public package(set) var url: String?
    /// How this end talks to the TURN server of a relayed candidate. W3C `relayProtocol`; no part
    /// of the line.
    public package(set) var relayProtocol: RelayProtocol?

    /// True for an mDNS name instead of an address; it has to be resolved before it can be used.
    public var hasLocalName: Bool { address.lowercased().hasSuffix(".local") }

    /// Replaces the related address by one that says nothing (RFC 8839 §5.1), as a relay-only peer
    /// wants it.
    package mutating func hideRelated() {
        attributes = attributes.map { attribute in
            switch attribute.name {
            case "raddr": Attribute(name: "raddr", value: attribute.value.contains(":") ? "::" : "0.0.0.0")
            case "rport": Attribute(name: "rport", value: "9")
            default: attribute
            }
        }
    }

    /// Names the credentials that the candidate is told with.
    package mutating func setUsernameFragment(_ usernameFragment: String) {
        attributes.removeAll { $0.name == "ufrag" }
        attributes.append(Attribute(name: "ufrag", value: usernameFragment))
    }

    private func value(of name: String) -> String? {
        attributes.first { $0.name == name }?.value
    }
}

extension ICECandidate: CustomStringConvertible {
    /// The attribute's text, `candidate:` included, without `a=` and line end.
    public var description: String {
        var line = "candidate:\(foundation) \(component) \(transport.rawValue) \(priority) \(address) \(port)"
        line += " typ \(kind.rawValue)"
        for attribute in attributes { line += " \(attribute.name) \(attribute.value)" }
        return line
    }
}
