internal import JSEP

/// How a data channel delivers. W3C `RTCDataChannelInit` §6.2.
public struct DataChannelOptions: Sendable, Hashable {
    /// Whether messages arrive in the order in which they were sent.
    public var ordered: Bool
    /// For how many milliseconds a message may be sent again; nil: as long as it takes. Not
    /// together with ``maxRetransmits``.
    public var maxPacketLifeTime: UInt16?
    /// How often a message may be sent again; nil: as often as it takes. Not together with
    /// ``maxPacketLifeTime``.
    public var maxRetransmits: UInt16?
    /// The subprotocol's name; at most 65535 bytes of UTF-8.
    public var `protocol`: String
    /// True if both sides create the channel with the same ``id``, and nothing is said in band.
    public var negotiated: Bool
    /// The stream, 0 to 65534; needed if ``negotiated``, ignored otherwise.
    public var id: UInt16?
    /// How important the channel is (RFC 8831 §6.4). The peer is told; this end sends for its
    /// channels in turn, whatever theirs are.
    public var priority: DataChannelPriority

    /// The defaults: reliable and ordered, opened in band.
    public init(
        ordered: Bool = true, maxPacketLifeTime: UInt16? = nil, maxRetransmits: UInt16? = nil, protocol: String = "",
        negotiated: Bool = false, id: UInt16? = nil, priority: DataChannelPriority = .low
    ) {
        self.ordered = ordered
        self.maxPacketLifeTime = maxPacketLifeTime
        self.maxRetransmits = maxRetransmits
        self.protocol = `protocol`
        self.negotiated = negotiated
        self.id = id
        self.priority = priority
    }

    /// Says what is wrong with the options, as W3C §6.1 `createDataChannel` demands.
    func validate(label: String) throws(WebRTCError) {
        if label.utf8.count > 65535 {
            throw WebRTCError(
                .type, "createDataChannel: the label has \(label.utf8.count) bytes; at most 65535 are allowed")
        }
        if `protocol`.utf8.count > 65535 {
            throw WebRTCError(
                .type, "createDataChannel: the protocol has \(`protocol`.utf8.count) bytes; at most 65535 are allowed")
        }
        if maxPacketLifeTime != nil && maxRetransmits != nil {
            throw WebRTCError(
                .type, "createDataChannel: maxPacketLifeTime and maxRetransmits exclude each other; give one of them")
        }
        if negotiated && id == nil {
            throw WebRTCError(.type, "createDataChannel: a negotiated channel needs an id from 0 to 65534")
        }
        if negotiated && id == 65535 {
            throw WebRTCError(.type, "createDataChannel: 65535 is not a stream; the largest id is 65534")
        }
    }
}
