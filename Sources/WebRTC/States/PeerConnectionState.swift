/// W3C `RTCPeerConnectionState`: ICE and DTLS taken together.
public enum PeerConnectionState: String, Sendable, Hashable, Codable, CaseIterable {
    /// Nothing has begun.
    case new
    /// Checks or a handshake are under way.
    case connecting
    /// Every transport has a pair that works and its keys.
    case connected
    /// The peer has not answered for some seconds on one of the transports; it may come back.
    case disconnected
    /// One of the transports has failed: after ICE's failure a restart can mend it, after DTLS's
    /// nothing can.
    case failed
    /// The connection is closed.
    case closed
}
