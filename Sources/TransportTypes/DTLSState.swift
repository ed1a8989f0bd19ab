/// The state of a DTLS transport (W3C `RTCDtlsTransportState`).
public enum DTLSState: String, Sendable, Hashable {
    /// The handshake has not begun.
    case new
    /// The handshake is under way, or it waits for the fingerprints of the peer.
    case connecting
    /// The peer's certificate was compared with its fingerprint and the keys are in place.
    case connected
    /// Ended on purpose, by `DTLSSession.close()` here or by a close_notify of the peer.
    case closed
    /// Ended by an error: an alert, a wrong fingerprint, a handshake that was never answered.
    case failed
}
