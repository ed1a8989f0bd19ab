// Between a channel's options and the messages that announce them (RFC 8832).
extension DataChannel {
    /// DATA_CHANNEL_OPEN for this channel. The label and the protocol were checked when it was
    /// made.
    var openMessage: [UInt8]? {
        let reliability: DCEPMessage.Reliability =
            if let maxRetransmits {
                .retransmits(UInt32(maxRetransmits))
            } else if let maxPacketLifeTime {
                .lifetime(milliseconds: UInt32(maxPacketLifeTime))
            } else {
                .reliable
            }
        let open = try? DCEPMessage.Open(
            ordered: ordered, reliability: reliability, priority: priority.rawValue, label: label, protocol: `protocol`)
        return open.map { DCEPMessage.open($0).serialized() }
    }
}

extension DataChannelOptions {
    /// What a peer's DATA_CHANNEL_OPEN asks for.
    init(_ open: DCEPMessage.Open) {
        self.init(
            ordered: open.ordered, maxPacketLifeTime: open.maxPacketLifeTime, maxRetransmits: open.maxRetransmits,
            protocol: open.protocol, priority: DataChannelPriority(wireValue: open.priority))
    }
}
