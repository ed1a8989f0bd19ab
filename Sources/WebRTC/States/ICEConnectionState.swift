/// W3C `RTCIceConnectionState`.
public enum ICEConnectionState: String, Sendable, Hashable, Codable, CaseIterable {
    /// No transport has anything to check yet.
    case new
    /// One of the transports is looking for a pair that works.
    case checking
    /// Every transport has a pair that works, and may yet find a better one.
    case connected
    /// Every transport has the pair that it keeps.
    case completed
    /// The peer has not answered for some seconds on one of the transports; it may come back.
    case disconnected
    /// One of the transports has no pair that works; an ICE restart can mend it.
    case failed
    /// The connection is closed.
    case closed
}
