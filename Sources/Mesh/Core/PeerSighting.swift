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

    /// Reads a TXT record by the rules of Docs/Mesh.md; nil when it has no valid `peer_id` or no
    /// port.
    package init?(txt: [String: String], endpoint: ServerEndpoint) {
        guard endpoint.port != 0, let text = txt["peer_id"], let id = PeerID(text) else { return nil }
        self.id = id
        displayName = DisplayName.cleaned(txt["display_name"])
        peerType = txt["peer_type"].flatMap(PeerType.init(rawValue:)) ?? .display
        score = txt["priority_type"].flatMap(Int.init).flatMap { (1...2).contains($0) ? $0 : nil } ?? 1
        // Without a start time a node counts as the latest, so that it cannot win by leaving it
        // out.
        startedAt = StartTime.parse(txt["priority_time"])
        self.endpoint = endpoint
    }

    /// The TXT record that announces this node.
    package var txt: [String: String] {
        [
            "peer_id": id.text, "display_name": Self.shortened(displayName), "peer_type": peerType.rawValue,
            "priority_type": String(score), "priority_time": String(startedAt),
        ]
    }

    /// A TXT entry has 255 bytes at most, its key among them (RFC 6763 §6.1); a character of an
    /// emoji may have dozens.
    private static func shortened(_ name: String) -> String {
        var name = name
        while name.utf8.count > 200 { name.removeLast() }
        return name
    }

    /// This sighting with the priority of an earlier one of the same node where it says none
    /// itself: a node does not forget when it started, but a forged record may leave it out to
    /// depose it.
    func keepingPriority(of earlier: PeerSighting?) -> PeerSighting {
        guard startedAt == StartTime.unknown, let earlier, earlier.startedAt != StartTime.unknown else { return self }
        var result = self
        (result.startedAt, result.score, result.peerType) = (earlier.startedAt, earlier.score, earlier.peerType)
        return result
    }
}
