/// How a peer introduces itself to a mesh: the message `register`.
public struct Registration: Sendable, Hashable {
    /// The peer's UUID.
    public var peerID: String
    /// The peer's role.
    public var peerType: PeerType
    /// The name for people.
    public var displayName: String
    /// What the display is for; nil for a controller, or when it does not matter.
    public var displayClass: DisplayClass?

    /// A registration from its parts.
    public init(peerID: String, peerType: PeerType, displayName: String, displayClass: DisplayClass? = nil) {
        self.peerID = peerID
        self.peerType = peerType
        self.displayName = displayName
        self.displayClass = displayClass
    }
}
