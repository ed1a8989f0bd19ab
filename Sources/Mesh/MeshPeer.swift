/// What a node knows of another one; as JSON, the peer info object of PROTOCOLS §1.
public struct MeshPeer: Sendable, Hashable, Codable {
    /// Its id.
    public var id: PeerID
    /// What it is for.
    public var kind: PeerKind
    /// Its name for people: at most 64 characters, no control characters.
    public var displayName: String
    /// Whether a data channel to it is open now.
    public var isConnected: Bool
    /// Whether this node takes it for the leader.
    public var isLeader: Bool

    /// A peer from its parts.
    public init(id: PeerID, kind: PeerKind, displayName: String, isConnected: Bool, isLeader: Bool) {
        self.id = id
        self.kind = kind
        self.displayName = displayName
        self.isConnected = isConnected
        self.isLeader = isLeader
    }

    private enum CodingKeys: String, CodingKey {
        case id
        case kind = "peer_type"
        case displayName = "display_name"
        case isConnected = "is_connected"
        case isLeader = "is_leader"
    }
}
