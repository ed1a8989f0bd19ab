/// W3C `RTCPeerConnectionStats`.
public struct PeerConnectionStats: Sendable, Hashable, Codable {
    public let id: String
    /// Milliseconds since 1970.
    public let timestamp: Double
    /// Channels that have been open.
    public let dataChannelsOpened: UInt32
    /// Of these, the ones that are closed.
    public let dataChannelsClosed: UInt32
}

/// W3C `RTCCertificateStats`. There is no `issuerCertificateId`: certificates are self-signed, and
/// chains are not read.
public struct CertificateStats: Sendable, Hashable, Codable {
    public let id: String
    /// Milliseconds since 1970.
    public internal(set) var timestamp: Double
    /// Pairs of hexadecimal digits with colons between them.
    public let fingerprint: String
    /// The hash function, such as `sha-256`.
    public let fingerprintAlgorithm: String
    /// The certificate in DER, Base64.
    public let base64Certificate: String
}
