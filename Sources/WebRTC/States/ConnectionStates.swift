/// W3C `RTCIceConnectionState`.
public enum ICEConnectionState: String, Sendable, Hashable, Codable, CaseIterable {
    case new, checking, connected, completed, disconnected, failed, closed
}

/// W3C `RTCPeerConnectionState`: ICE and DTLS taken together.
public enum PeerConnectionState: String, Sendable, Hashable, Codable, CaseIterable {
    case new, connecting, connected, disconnected, failed, closed
}

/// W3C `RTCDataChannelState`.
public enum DataChannelState: String, Sendable, Hashable, Codable, CaseIterable {
    case connecting, open, closing, closed
}

/// W3C `RTCSctpTransportState`.
public enum SCTPTransportState: String, Sendable, Hashable, Codable, CaseIterable {
    case connecting, connected, closed
}
