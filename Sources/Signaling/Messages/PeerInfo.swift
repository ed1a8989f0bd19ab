/// The role of a device in a mesh.
public enum PeerType: String, Sendable, Hashable, Codable, CaseIterable {
    /// A device people control others from.
    case controller
    /// A device that shows something.
    case display
}

/// What a display is for.
public enum DisplayClass: String, Sendable, Hashable, Codable, CaseIterable {
    /// Faces the audience.
    case audience
    /// Faces the people on stage.
    case stage
    /// Stands outside the room.
    case lobby
}

/// A peer as the others see it, in a `peer_list`.
public struct PeerInfo: Sendable, Hashable {
    /// The peer's UUID, spelled as the peer registered it.
    public var id: String
    /// The peer's role.
    public var peerType: PeerType
    /// The name for people.
    public var displayName: String
    /// Whether the peer is connected to the server.
    public var isConnected: Bool
    /// Whether the peer leads the mesh.
    public var isLeader: Bool

    /// A peer from its parts.
    public init(id: String, peerType: PeerType, displayName: String, isConnected: Bool, isLeader: Bool) {
        self.id = id
        self.peerType = peerType
        self.displayName = displayName
        self.isConnected = isConnected
        self.isLeader = isLeader
    }
}
