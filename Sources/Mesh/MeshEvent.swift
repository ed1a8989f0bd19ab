public import Signaling

/// What a ``MeshNode`` reports.
public enum MeshEvent: Sendable, Hashable {
    /// The node runs.
    case started(Started)
    /// The other nodes known, or what is known of them, changed; sorted by name, then id.
    case peerListChanged([MeshPeer])
    /// Another leader, or none.
    case leaderChanged(LeaderStatus)
    /// A text arrived from a peer.
    case message(Received)
    /// The node's state changed.
    case connectionStateChanged(MeshState)
    /// Something a person may want to act on, such as a missing mDNS daemon.
    case notice(String)

    /// What ``MeshEvent/started(_:)`` tells.
    public struct Started: Sendable, Hashable {
        /// This node's id.
        public var id: PeerID
        /// This node's name.
        public var displayName: String
        /// This node's type.
        public var peerType: PeerType
        /// The port its signaling server listens on; nil when a given server is used instead.
        public var port: UInt16?

        /// The value from its parts.
        public init(id: PeerID, displayName: String, peerType: PeerType, port: UInt16?) {
            self.id = id
            self.displayName = displayName
            self.peerType = peerType
            self.port = port
        }
    }

    /// A text from a peer.
    public struct Received: Sendable, Hashable {
        /// Who sent it.
        public var from: MeshPeer
        /// The text.
        public var text: String
        /// Whether it was sent to this node only.
        public var isDirect: Bool

        /// The value from its parts.
        public init(from: MeshPeer, text: String, isDirect: Bool) {
            self.from = from
            self.text = text
            self.isDirect = isDirect
        }
    }
}
