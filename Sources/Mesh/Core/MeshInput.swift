package import Signaling

/// What can happen to a node; the shell tells ``MeshCore``.
package enum MeshInput: Sendable {
    case start
    /// The node's own signaling server listens.
    case serverStarted(port: UInt16)
    case serverFailed(String)
    /// Discovery found a service, or one it had found changed. `name` is the instance's name.
    case serviceSeen(name: String, PeerSighting)
    case serviceLost(name: String)
    /// Whether a node's server answered, and has that node among its clients.
    case probed(PeerID, isReachable: Bool)
    /// The signaling connection that `attempt` asked for is up and this node has registered.
    case signalingConnected(attempt: UInt64)
    case signalingLost(attempt: UInt64, reason: String)
    /// A message from the signaling server that `attempt` leads to.
    case signal(attempt: UInt64, SignalReceived)
    /// The data channel of a link is open.
    case linkOpened(PeerID, link: UInt64)
    /// A link ended, by itself or because it was closed.
    case linkClosed(PeerID, link: UInt64, reason: String)
    /// A text message from the data channel.
    case channelText(PeerID, link: UInt64, String)
    /// A text was handed to the data channel.
    case textSent(PeerID, link: UInt64)
    /// The time ``MeshCore/nextDeadline(after:)`` asked for has come.
    case tick
    /// The node is to leave the mesh in order.
    case leave
}

/// The signaling messages a node acts on.
package enum SignalReceived: Sendable, Hashable {
    case peerList([ListedPeer])
    case offer(from: PeerID, sdp: String)
    case answer(from: PeerID, sdp: String)
    case candidate(from: PeerID, TrickledCandidate?)
    /// The server could not deliver what this node sent to `to`.
    case undeliverable(to: PeerID)
}

/// An entry of the server's `peer_list`.
package struct ListedPeer: Sendable, Hashable {
    package var id: PeerID
    package var peerType: PeerType
    package var displayName: String
    package var isConnected: Bool
    package var isLeader: Bool

    package init(id: PeerID, peerType: PeerType, displayName: String, isConnected: Bool, isLeader: Bool) {
        self.id = id
        self.peerType = peerType
        self.displayName = displayName
        self.isConnected = isConnected
        self.isLeader = isLeader
    }
}
