/// Who leads, as this node sees it (JSON: `{leader_id|null, am_i_leader, peer_count, term?}`).
public struct LeaderStatus: Sendable, Hashable, Codable {
    /// The leader's id; nil until the first election has settled.
    public var leaderID: PeerID?
    /// Whether this node leads.
    public var amILeader: Bool
    /// How many nodes are connected, this one included: 1 alone, 2 with one other.
    public var peerCount: Int
    /// The term that the leader has claimed, larger than those before it; nil while the leader has
    /// not been heard to lead. No two nodes lead in one term of one group.
    public var term: UInt64?

    /// A status from its parts.
    public init(leaderID: PeerID?, amILeader: Bool, peerCount: Int, term: UInt64? = nil) {
        self.leaderID = leaderID
        self.amILeader = amILeader
        self.peerCount = peerCount
        self.term = term
    }

    private enum CodingKeys: String, CodingKey {
        case leaderID = "leader_id"
        case amILeader = "am_i_leader"
        case peerCount = "peer_count"
        case term
    }

    /// Writes all fields but a `term` that is not known; `leader_id` is null without a leader.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(leaderID, forKey: .leaderID)
        try container.encode(amILeader, forKey: .amILeader)
        try container.encode(peerCount, forKey: .peerCount)
        try container.encodeIfPresent(term, forKey: .term)
    }
}
