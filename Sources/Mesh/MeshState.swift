/// The state of a node as a whole.
public enum MeshState: Sendable, Hashable {
    /// Not started, or stopped.
    case disconnected
    /// Running, and looking for others: no leader is known yet.
    case discovering
    /// A leader is known, which may be this node, alone.
    case connected
    /// Running, but something keeps it from finding others; it goes on trying. The text says what,
    /// for people.
    case error(String)

    /// The state's name on the wire: `disconnected`, `discovering`, `connected` or `error`.
    public var name: String {
        switch self {
        case .disconnected: "disconnected"
        case .discovering: "discovering"
        case .connected: "connected"
        case .error: "error"
        }
    }
}
