/// W3C `RTCTransportStats`.
public struct TransportStats: Sendable, Hashable, Codable {
    public let id: String
    /// Milliseconds since 1970.
    public let timestamp: Double
    /// Datagrams sent over the selected pair, without ICE's own.
    public let packetsSent: UInt64
    /// Datagrams received, without ICE's own.
    public let packetsReceived: UInt64
    /// Their payload in bytes.
    public let bytesSent: UInt64
    /// Their payload in bytes.
    public let bytesReceived: UInt64
    /// Messages of feedback on arrivals by source that were sent (RFC 8888 §3.1); nil without
    /// media.
    public let ccfbMessagesSent: UInt64?
    /// The same of those that were received.
    public let ccfbMessagesReceived: UInt64?
    /// `controlling`, `controlled`, or `unknown` before it is known.
    public let iceRole: String
    /// The local ICE username fragment.
    public let iceLocalUsernameFragment: String?
    /// W3C `RTCIceTransportState`.
    public let iceState: String
    /// W3C `RTCDtlsTransportState`.
    public let dtlsState: String
    /// `client`, `server`, or `unknown` before it is known.
    public let dtlsRole: String
    /// The DTLS version in hexadecimal, such as `FEFD` for 1.2.
    public let tlsVersion: String?
    /// The cipher suite's IANA name.
    public let dtlsCipher: String?
    /// The SRTP protection profile's IANA name, if one was agreed on.
    public let srtpCipher: String?
    /// The id of the pair in use.
    public let selectedCandidatePairId: String?
    /// How often the pair in use has changed.
    public let selectedCandidatePairChanges: UInt32
    /// The id of the certificate that this side shows.
    public let localCertificateId: String?
    /// The id of the certificate that the peer has shown.
    public let remoteCertificateId: String?
}
