/// Who leads, as this node sees it (JSON: `{leader_id|null, am_i_leader, peer_count}`).
public struct LeaderStatus: Sendable, Hashable, Codable {
    /// The leader's id; nil until the first election has settled.
    public var leaderID: PeerID?
    /// Whether this node leads.
    public var amILeader: Bool
    /// How many nodes are connected, this one included: 1 alone, 2 with one other.
    public var peerCount: Int

    /// A status from its parts.
    public init(leaderID: PeerID?, amILeader: Bool, peerCount: Int) {
        self.leaderID = leaderID
        self.amILeader = amILeader
        self.peerCount = peerCount
    }

    private enum CodingKeys: String, CodingKey {
        case leaderID = "leader_id"
        case amILeader = "am_i_leader"
        case peerCount = "peer_count"
    }

    /// Writes all three fields; `leader_id` is null when there is no leader.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(leaderID, forKey: .leaderID)
        try container.encode(amILeader, forKey: .amILeader)
        try container.encode(peerCount, forKey: .peerCount)
    }
}
