public import Signaling

/// What a node knows of another one; as JSON, the peer info object of Docs/Mesh.md.
public struct MeshPeer: Sendable, Hashable, Codable {
    /// Its id.
    public var id: PeerID
    /// What it is for.
    public var peerType: PeerType
    /// Its name for people: at most 64 characters, no control characters.
    public var displayName: String
    /// Whether a data channel to it is open now.
    public var isConnected: Bool
    /// Whether this node takes it for the leader.
    public var isLeader: Bool

    /// A peer from its parts.
    public init(id: PeerID, peerType: PeerType, displayName: String, isConnected: Bool, isLeader: Bool) {
        self.id = id
        self.peerType = peerType
        self.displayName = displayName
        self.isConnected = isConnected
        self.isLeader = isLeader
    }

    private enum CodingKeys: String, CodingKey {
        case id
        case peerType = "peer_type"
        case displayName = "display_name"
        case isConnected = "is_connected"
        case isLeader = "is_leader"
    }
}
