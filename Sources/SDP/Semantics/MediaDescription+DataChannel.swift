// The media description of data channels (RFC 8841), in the order of RFC 9429 §5.2.1.
extension MediaDescription {
    /// The protocol of data channels over UDP (RFC 8841 §4).
    public static let dataChannelTransport = "UDP/DTLS/SCTP"
    /// The format of data channels (RFC 8841 §4.3).
    public static let dataChannelFormat = "webrtc-datachannel"

    /// `m=application 9 UDP/DTLS/SCTP webrtc-datachannel` and its attributes.
    ///
    /// - Parameters:
    ///   - mid: names the section.
    ///   - iceUfrag: 4 to 256 letters, digits, `+` or `/`.
    ///   - icePwd: 22 to 256 of the same.
    ///   - fingerprints: the hashes of our certificate.
    ///   - setup: `actpass` in an offer, `active` or `passive` in an answer (RFC 8842 §5.2, §5.3).
    ///   - sctpPort: the SCTP port, 5000 by custom.
    ///   - maxMessageSize: the largest message we take, in bytes; 0 for any.
    ///   - tlsID: `a=tls-id`, which browsers leave out.
    ///   - transport: the protocol to answer with, if the offer had another, such as
    ///     `TCP/DTLS/SCTP`.
    public static func dataChannels(
        mid: String, iceUfrag: String, icePwd: String, fingerprints: [FingerprintAttribute], setup: SetupRole,
        sctpPort: UInt16 = 5000, maxMessageSize: UInt64, tlsID: String? = nil,
        transport: String = dataChannelTransport
    ) -> MediaDescription {
        var media = MediaDescription(kind: .application, transport: transport, formats: [dataChannelFormat])
        media.mid = mid
        media.sctpPort = sctpPort
        media.maxMessageSize = maxMessageSize
        media.iceUfrag = iceUfrag
        media.icePwd = icePwd
        media.fingerprints = fingerprints
        media.setup = setup
        media.tlsID = tlsID
        return media
    }

    /// Whether the section describes data channels, in the form of RFC 8841 or in the older one,
    /// ``isOldDataChannels``.
    public var isDataChannels: Bool {
        isOverSCTP && (formats.contains { $0.lowercased() == Self.dataChannelFormat } || isOldDataChannels)
    }

    /// Whether the section describes data channels as drafts of RFC 8841 had it: the format is the
    /// SCTP port, and `a=sctpmap` says what it is for. Without an `a=sctpmap` that can be read it
    /// is for data channels, the only use that there was.
    public var isOldDataChannels: Bool {
        guard isOverSCTP, let port = formats.first?.decimal(UInt16.self), port > 0 else { return false }
        let maps = sctpMaps
        return maps.isEmpty || maps.contains(where: \.isDataChannels)
    }

    /// The SCTP port of data channels in either form; 5000 when none is given.
    public var dataChannelPort: UInt16 {
        guard isOldDataChannels else { return sctpPort ?? 5000 }
        return sctpMaps.first(where: \.isDataChannels)?.port ?? formats.first?.decimal() ?? 5000
    }

    /// The protocol's name without regard to case, which no other has but for it.
    private var isOverSCTP: Bool { kind == .application && transport.uppercased().hasSuffix("DTLS/SCTP") }

    /// The section that refuses this one in an answer, or stops it: port 0, same kind, protocol,
    /// formats and mid (RFC 3264 §6, RFC 9429 §5.3.1).
    public var rejected: MediaDescription {
        var media = MediaDescription(kind: kind, port: 0, transport: transport, formats: formats)
        media.mid = mid
        return media
    }
}
