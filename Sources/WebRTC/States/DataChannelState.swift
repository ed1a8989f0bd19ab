/// W3C `RTCDataChannelState`.
public enum DataChannelState: String, Sendable, Hashable, Codable, CaseIterable {
    /// There is no association yet, or the peer has not heard of the channel.
    case connecting
    /// Messages go both ways.
    case open
    /// Either end has asked for its close; what was sent before still goes out.
    case closing
    /// It is over, and its stream may be another channel's.
    case closed
}
