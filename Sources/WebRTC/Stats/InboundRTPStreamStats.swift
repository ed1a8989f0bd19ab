public import JSEP

/// W3C `RTCInboundRtpStreamStats`: a stream of the peer's, one for each source that was heard.
///
/// What only a decoder or a player can know is left out; `Docs/Statistics.md` lists it.
public struct InboundRTPStreamStats: Sendable, Hashable, Codable {
    public let id: String
    /// Milliseconds since 1970.
    public let timestamp: Double
    /// The source, as its packets name it.
    public let ssrc: UInt32
    /// Sound or pictures.
    public let kind: MediaKind
    /// The id of the transport.
    public let transportId: String
    /// The id of the codec that the stream is in now.
    public let codecId: String
    /// Packets received, those that were sent again among them; a second copy of one is not
    /// counted.
    public let packetsReceived: UInt64
    /// Packets that should have come, less those that have (RFC 3550 §6.4.1).
    public let packetsLost: Int64
    /// How unevenly packets come, in seconds (RFC 3550 §6.4.1).
    public let jitter: Double
    /// Packets that came with ECT(1) (RFC 3168 §5); nil where ECN is not read: the peer is not told
    /// of arrivals by source (RFC 8888).
    public let packetsReceivedWithEct1: UInt64?
    /// Packets that a queue on the way has marked (CE); nil as above.
    public let packetsReceivedWithCe: UInt64?
    /// The ``MediaStreamTrack/id`` of the receiver's track.
    public let trackIdentifier: String
    /// The tag of the section; nil if the transceiver has none any more.
    public let mid: String?
    /// The id of what the peer says of the stream; nil before its first report.
    public let remoteId: String?
    /// When its last packet came, in milliseconds since 1970; nil before the first.
    public let lastPacketReceivedTimestamp: Double?
    /// RTP headers and padding, in bytes.
    public let headerBytesReceived: UInt64
    /// Packets that came after they were given up. Counted while somebody reads
    /// ``MediaStreamTrack/frames``; nil if nobody ever did.
    public let packetsDiscarded: UInt64?
    /// Payloads, in bytes.
    public let bytesReceived: UInt64
    /// NACKs sent (RFC 4585 §6.2.1).
    public let nackCount: UInt32
    /// Of video: FIRs sent (RFC 5104 §4.3.1).
    public let firCount: UInt32?
    /// Of video: PLIs sent (RFC 4585 §6.3.1).
    public let pliCount: UInt32?
    /// The sum of the seconds that frames of video, or samples of sound, were held for others to
    /// come before them. Counted while somebody reads ``MediaStreamTrack/frames``; nil if nobody
    /// ever did.
    public let jitterBufferDelay: Double?
    /// How many frames of video, or samples of sound, make up ``jitterBufferDelay``.
    public let jitterBufferEmittedCount: UInt64?
    /// Of video: frames that were whole. Counted while somebody reads ``MediaStreamTrack/frames``;
    /// nil if nobody ever did.
    public let framesReceived: UInt32?
    /// Of ``packetsReceived`` those that were sent again; nil without RTX, which alone tells.
    public let retransmittedPacketsReceived: UInt64?
    /// Their payloads, in bytes.
    public let retransmittedBytesReceived: UInt64?
    /// The source of what is sent again; nil before it is known.
    public let rtxSsrc: UInt32?
}
