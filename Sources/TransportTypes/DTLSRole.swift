/// Which end of the handshake a peer takes (`a=setup` in SDP: active is the client, passive the
/// server; RFC 8842 §5).
public enum DTLSRole: String, Sendable, Hashable {
    /// Sends the ClientHello.
    case client
    /// Waits for the ClientHello.
    case server
}
