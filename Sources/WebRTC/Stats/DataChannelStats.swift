/// W3C `RTCDataChannelStats`.
public struct DataChannelStats: Sendable, Hashable, Codable {
    /// Names the entry in its report.
    public let id: String
    /// Milliseconds since 1970.
    public let timestamp: Double
    /// What the channel was made with.
    public let label: String
    /// The subprotocol that it was made with; empty if none.
    public let `protocol`: String
    /// The stream, once known.
    public let dataChannelIdentifier: UInt16?
    /// Where it is in its life.
    public let state: DataChannelState
    /// Messages that the transport has taken.
    public let messagesSent: UInt64
    /// Their payload in bytes.
    public let bytesSent: UInt64
    /// Messages that have arrived.
    public let messagesReceived: UInt64
    /// Their payload in bytes.
    public let bytesReceived: UInt64
}
