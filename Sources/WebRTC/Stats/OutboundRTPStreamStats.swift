public import JSEP

/// W3C `RTCOutboundRtpStreamStats`: a stream that this end sends, one for each encoding, from the
/// moment when both sides have agreed on it.
///
/// What only an encoder can know is left out; `Docs/Statistics.md` lists it.
public struct OutboundRTPStreamStats: Sendable, Hashable, Codable {
    public let id: String
    /// Milliseconds since 1970.
    public let timestamp: Double
    /// The source, as its packets name it.
    public let ssrc: UInt32
    /// Sound or pictures.
    public let kind: MediaKind
    /// The id of the transport.
    public let transportId: String
    /// The id of the codec that was sent last; nil before anything was.
    public let codecId: String?
    /// Packets sent, those that were sent again among them.
    public let packetsSent: UInt64
    /// Their payloads, in bytes.
    public let bytesSent: UInt64
    /// The tag of the section; nil if the transceiver has none any more.
    public let mid: String?
    /// The id of the track that is sent now; nil without one.
    public let mediaSourceId: String?
    /// The id of what the peer says of the stream; nil before its first report.
    public let remoteId: String?
    /// Of video: the name of the encoding, where there are several (RFC 8851).
    public let rid: String?
    /// Of video: the place of the encoding among those of the sender, from 0.
    public let encodingIndex: UInt32?
    /// RTP headers and padding, in bytes.
    public let headerBytesSent: UInt64
    /// Of ``packetsSent`` those that were sent again.
    public let retransmittedPacketsSent: UInt64
    /// Their payloads, in bytes.
    public let retransmittedBytesSent: UInt64
    /// The source of what is sent again; nil if that was not negotiated (RFC 4588).
    public let rtxSsrc: UInt32?
    /// Of video: frames sent.
    public let framesSent: UInt32?
    /// NACKs received (RFC 4585 §6.2.1).
    public let nackCount: UInt32
    /// Of video: FIRs received (RFC 5104 §4.3.1).
    public let firCount: UInt32?
    /// Of video: PLIs received (RFC 4585 §6.3.1).
    public let pliCount: UInt32?
    /// Whether it may be sent now.
    public let active: Bool
}
