// What ICE, DTLS and SCTP need of a description. Reading is lenient; writing is what the RFC says.
extension AttributeContainer {
    /// `a=mid` (RFC 5888 §4): names the media description. An empty one is none.
    public var mid: String? {
        get { value(of: "mid").flatMap { $0.trimmed.isEmpty ? nil : $0.trimmed } }
        set { set("mid", to: newValue) }
    }

    /// `a=group` (RFC 5888 §5).
    public var groups: [GroupAttribute] {
        get { all() }
        set { replaceAll(with: newValue) }
    }

    /// `a=ice-ufrag` (RFC 8839 §5.4).
    public var iceUfrag: String? {
        get { value(of: "ice-ufrag")?.trimmed }
        set { set("ice-ufrag", to: newValue) }
    }

    /// `a=ice-pwd` (RFC 8839 §5.4).
    public var icePwd: String? {
        get { value(of: "ice-pwd")?.trimmed }
        set { set("ice-pwd", to: newValue) }
    }

    /// The options of all `a=ice-options` (RFC 8839 §5.6): `trickle`, `ice2`, `renomination`.
    /// Setting none removes it.
    public var iceOptions: [String] {
        get { values(of: "ice-options").flatMap(\.fields) }
        set { set("ice-options", to: newValue.isEmpty ? nil : newValue.joined(separator: " ")) }
    }

    /// `a=ice-lite` (RFC 8839 §5.3).
    public var isICELite: Bool {
        get { has("ice-lite") }
        set { setProperty("ice-lite", to: newValue) }
    }

    /// The candidates (RFC 8839 §5.1) in the form that `RTCIceCandidate.candidate` has:
    /// `candidate:1 1 udp …`. They may be set with or without the leading `candidate:`.
    public var candidates: [String] {
        get { values(of: "candidate").map { "candidate:" + $0 } }
        set { replace("candidate", with: newValue.map { Self.candidateAttribute($0) }) }
    }

    /// Adds a candidate, with or without a leading `candidate:` or `a=candidate:`, after those that
    /// are there.
    public mutating func appendCandidate(_ candidate: String) {
        let line = SDPLine.attribute(Self.candidateAttribute(candidate))
        let last = lines.lastIndex { line in
            if case .attribute(let attribute) = line { attribute.name == "candidate" } else { false }
        }
        lines.insert(line, at: last.map { $0 + 1 } ?? lines.endIndex)
    }

    /// `a=end-of-candidates` (RFC 8840 §8.2).
    public var hasEndOfCandidates: Bool {
        get { has("end-of-candidates") }
        set { setProperty("end-of-candidates", to: newValue) }
    }

    /// `a=fingerprint` (RFC 8122 §5).
    public var fingerprints: [FingerprintAttribute] {
        get { all() }
        set { replaceAll(with: newValue) }
    }

    /// `a=setup` (RFC 8842 §5.1).
    public var setup: SetupRole? {
        get { first() }
        set { set("setup", to: newValue?.rawValue) }
    }

    /// `a=tls-id` (RFC 8842 §5.2).
    public var tlsID: String? {
        get { value(of: "tls-id")?.trimmed }
        set { set("tls-id", to: newValue) }
    }

    /// `a=sctp-port` (RFC 8841 §5).
    public var sctpPort: UInt16? {
        get { value(of: "sctp-port")?.trimmed.decimal() }
        set { set("sctp-port", to: newValue.map(String.init)) }
    }

    /// `a=max-message-size` in bytes (RFC 8841 §6). 0 means any size; no attribute, or one that is
    /// no number, means 65536. A number beyond 64 bits is the largest of them.
    public var maxMessageSize: UInt64? {
        get {
            guard let text = value(of: "max-message-size")?.trimmed, text.isDecimal else { return nil }
            return text.decimal() ?? .max
        }
        set { set("max-message-size", to: newValue.map(String.init)) }
    }

    /// `a=sctp-max-packet-size`: the largest SCTP packet that this side takes, in bytes, and the
    /// session id of its `o=` line. An attribute of this library's own. Others are to ignore what
    /// they do not know (RFC 8866 §5.13), but libdatachannel copies it from our description into
    /// its own; then the session is not the copier's, and it says nothing about it.
    ///
    /// - Parameter session: the session id of the description that this section is in.
    /// - Returns: nil where it is missing, malformed, or another's.
    public func maxPacketSize(inSession session: String) -> UInt16? {
        guard let fields = value(of: "sctp-max-packet-size")?.split(whereSeparator: \.isWhitespace), fields.count == 2,
            fields[1] == session
        else { return nil }
        return String(fields[0]).decimal()
    }

    /// Says it, for ``maxPacketSize(inSession:)``.
    public mutating func setMaxPacketSize(_ size: UInt16, inSession session: String) {
        set("sctp-max-packet-size", to: "\(size) \(session)")
    }

    /// `a=sctpmap`, of endpoints older than RFC 8841.
    public var sctpMaps: [SCTPMapAttribute] {
        get { all() }
        set { replaceAll(with: newValue) }
    }

    /// `a=bundle-only` (RFC 9143 §6).
    public var isBundleOnly: Bool {
        get { has("bundle-only") }
        set { setProperty("bundle-only", to: newValue) }
    }

    private static func candidateAttribute(_ text: String) -> Attribute {
        var rest = Substring(text)
        // By bytes: a combining mark behind the colon makes another character of it.
        for prefix in ["a=", "candidate:"] where rest.utf8.starts(with: prefix.utf8) {
            rest = Substring(rest.utf8.dropFirst(prefix.utf8.count))
        }
        return Attribute("candidate", String(rest))
    }
}
