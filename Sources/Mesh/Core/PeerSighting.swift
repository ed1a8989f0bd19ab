package import Signaling

/// A node as discovery shows it: its TXT record, and where its signaling server listens.
package struct PeerSighting: Sendable, Hashable {
    package var id: PeerID
    package var displayName: String
    package var peerType: PeerType
    /// `priority_type`; the announcing node computed it, and it is what everyone compares.
    package var score: Int
    /// `priority_time`: milliseconds since 1970.
    package var startedAt: UInt64
    package var endpoint: ServerEndpoint

    package init(
        id: PeerID, displayName: String, peerType: PeerType, score: Int? = nil, startedAt: UInt64,
        endpoint: ServerEndpoint
    ) {
        self.id = id
        self.displayName = displayName
        self.peerType = peerType
        self.score = score ?? peerType.score
        self.startedAt = startedAt
        self.endpoint = endpoint
    }

    /// Reads a TXT record by the rules of Docs/Mesh.md; nil when it has no valid `peer_id`.
    package init?(txt: [String: String], endpoint: ServerEndpoint) {
        guard let text = txt["peer_id"], let id = PeerID(text) else { return nil }
        self.id = id
        displayName = DisplayName.cleaned(txt["display_name"])
        peerType = txt["peer_type"].flatMap(PeerType.init(rawValue:)) ?? .display
        score = txt["priority_type"].flatMap(Int.init).flatMap { (1...2).contains($0) ? $0 : nil } ?? 1
        // Without a start time a node counts as the latest, so that it cannot win by leaving it out.
        startedAt = txt["priority_time"].flatMap(UInt64.init) ?? .max
        self.endpoint = endpoint
    }

    /// The TXT record that announces this node.
    package var txt: [String: String] {
        [
            "peer_id": id.text, "display_name": displayName, "peer_type": peerType.rawValue,
            "priority_type": String(score), "priority_time": String(startedAt),
        ]
    }
}
