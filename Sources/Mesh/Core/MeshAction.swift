/// What ``MeshCore`` wants done; the shell does it and reports back with a ``MeshInput``.
package enum MeshAction: Sendable, Hashable {
    /// Listen for signaling clients; answer with `serverStarted` or `serverFailed`.
    case startServer
    case stopServer
    /// The leader the server names in its peer lists.
    case nameLeader(PeerID?)
    /// Look for services.
    case browse
    /// Announce this node's server at the port.
    case advertise(port: UInt16)
    /// Withdraw the announcement and stop looking.
    case stopDiscovery
    /// Connect to the first of the URLs that answers and register; answer with `signalingConnected`
    /// or `signalingLost`.
    case connectSignaling(attempt: UInt64, urls: [String])
    case disconnectSignaling(attempt: UInt64)
    /// See whether a server answers and has the node among its clients; answer with `probed`.
    case probeServer(PeerID, urls: [String])
    /// Make a peer connection and offer it.
    case openLink(PeerID, link: UInt64, sameHost: Bool)
    /// Make a peer connection and answer the offer.
    case acceptLink(PeerID, link: UInt64, offer: String, sameHost: Bool)
    /// Negotiate a link that is there with the peer's offer.
    case applyOffer(PeerID, link: UInt64, sdp: String)
    case applyAnswer(PeerID, link: UInt64, sdp: String)
    case addCandidate(PeerID, link: UInt64, TrickledCandidate?)
    /// Close a link at once; no `linkClosed` is expected, one that comes is ignored.
    case closeLink(PeerID, link: UInt64)
    case send(PeerID, link: UInt64, ChannelMessage)
    case emit(MeshEvent)
    /// The node has left; nothing follows.
    case left
}
