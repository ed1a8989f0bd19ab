// What RTP needs of a description. Reading is lenient; writing is what the RFC says.
extension AttributeContainer {
    /// The direction (RFC 8866 §6.7); `nil` when none is written. ``SDPDocument/direction(of:)``
    /// applies the default.
    public var direction: MediaDirection? {
        get {
            for case .attribute(let attribute) in lines {
                if let direction = MediaDirection(rawValue: attribute.name) { return direction }
            }
            return nil
        }
        set {
            let old = direction
            for other in MediaDirection.allCases where other != old { remove(other.rawValue) }
            let new = newValue.map { [Attribute($0.rawValue)] } ?? []
            replace((old ?? newValue ?? .sendrecv).rawValue, with: new)
        }
    }

    /// `a=msid` (RFC 8830 §2).
    public var msids: [MSIDAttribute] {
        get { all() }
        set { replaceAll(with: newValue) }
    }

    /// `a=msid-semantic`, which browsers still write and nobody needs.
    public var msidSemantics: [MSIDSemanticAttribute] {
        get { all() }
        set { replaceAll(with: newValue) }
    }

    /// `a=rtcp` (RFC 3605 §2.1).
    public var rtcp: RTCPAttribute? {
        get { first() }
        set { replaceAll(with: newValue.map { [$0] } ?? []) }
    }

    /// `a=rtcp-mux` (RFC 5761 §5.1.1).
    public var isRTCPMultiplexed: Bool {
        get { has("rtcp-mux") }
        set { setProperty("rtcp-mux", to: newValue) }
    }

    /// `a=rtcp-mux-only` (RFC 8858 §3).
    public var isRTCPMultiplexedOnly: Bool {
        get { has("rtcp-mux-only") }
        set { setProperty("rtcp-mux-only", to: newValue) }
    }

    /// `a=rtcp-rsize` (RFC 5506 §5).
    public var isRTCPReducedSize: Bool {
        get { has("rtcp-rsize") }
        set { setProperty("rtcp-rsize", to: newValue) }
    }

    /// `a=rtpmap` (RFC 8866 §6.6).
    public var rtpMaps: [RTPMapAttribute] {
        get { all() }
        set { replaceAll(with: newValue) }
    }

    /// `a=fmtp` (RFC 8866 §6.15).
    public var formatParameters: [FormatParametersAttribute] {
        get { all() }
        set { replaceAll(with: newValue) }
    }

    /// `a=rtcp-fb` (RFC 4585 §4.2).
    public var rtcpFeedbacks: [RTCPFeedbackAttribute] {
        get { all() }
        set { replaceAll(with: newValue) }
    }

    /// `a=extmap` (RFC 8285 §5).
    public var extensionMaps: [ExtensionMapAttribute] {
        get { all() }
        set { replaceAll(with: newValue) }
    }

    /// `a=extmap-allow-mixed` (RFC 8285 §6).
    public var allowsMixedExtensions: Bool {
        get { has("extmap-allow-mixed") }
        set { setProperty("extmap-allow-mixed", to: newValue) }
    }

    /// `a=rid` (RFC 8851 §4).
    public var rids: [RIDAttribute] {
        get { all() }
        set { replaceAll(with: newValue) }
    }

    /// `a=simulcast` (RFC 8853 §5.1).
    public var simulcast: SimulcastAttribute? {
        get { first() }
        set { replaceAll(with: newValue.map { [$0] } ?? []) }
    }

    /// `a=ssrc` (RFC 5576 §4.1).
    public var ssrcs: [SSRCAttribute] {
        get { all() }
        set { replaceAll(with: newValue) }
    }

    /// `a=ssrc-group` (RFC 5576 §4.2).
    public var ssrcGroups: [SSRCGroupAttribute] {
        get { all() }
        set { replaceAll(with: newValue) }
    }

    /// `a=crypto` (RFC 4568 §4), which WebRTC forbids (RFC 8827 §6.5).
    public var cryptos: [CryptoAttribute] {
        get { all() }
        set { replaceAll(with: newValue) }
    }
}
