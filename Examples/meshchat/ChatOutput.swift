import GroupKeys
import Mesh

/// Where the chat writes.
protocol ChatOutput: Sendable {
    func show(_ event: MeshEvent)
    func show(peers: [MeshPeer])
    func show(leader: LeaderStatus, peers: [MeshPeer])
    func show(statistics: MeshStatistics)
    func showHelp()
    /// The key of the group; nil where the mesh is open.
    func show(key: GroupKey?)
    /// Something typed could not be done, or the chat cannot go on; the text says why.
    func show(problem: String)
    /// The node is leaving: that everybody else seems to leave is no news.
    func end()
    /// A text of one's own was sent to one peer.
    func show(sent text: String, to peer: MeshPeer)
}
