extension MeshEvent: Encodable {
    private enum CodingKeys: String, CodingKey {
        case type, port, peers, text, state, message, from
        case peerID = "peer_id"
        case peerType = "peer_type"
        case displayName = "display_name"
        case fromPeerID = "from_peer_id"
        case isDirect = "is_direct"
    }

    /// The event's name on the wire: the value of `type`.
    public var name: String {
        switch self {
        case .started: "started"
        case .peerListChanged: "peer_list_changed"
        case .leaderChanged: "leader_changed"
        case .message: "message"
        case .connectionStateChanged: "connection_state_changed"
        case .notice: "notice"
        }
    }

    /// Writes an object whose `type` is ``name``, with the fields of Docs/Mesh.md.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(name, forKey: .type)
        switch self {
        case .started(let started):
            try fields.encode(started.id, forKey: .peerID)
            try fields.encode(started.peerType, forKey: .peerType)
            try fields.encode(started.displayName, forKey: .displayName)
            try fields.encode(started.port, forKey: .port)
        case .peerListChanged(let peers): try fields.encode(peers, forKey: .peers)
        case .leaderChanged(let status): try status.encode(to: encoder)
        case .message(let received):
            try fields.encode(received.from.id, forKey: .fromPeerID)
            try fields.encode(received.from, forKey: .from)
            try fields.encode(received.text, forKey: .text)
            try fields.encode(received.isDirect, forKey: .isDirect)
        case .connectionStateChanged(let state):
            try fields.encode(state.name, forKey: .state)
            if case .error(let text) = state { try fields.encode(text, forKey: .message) }
        case .notice(let text): try fields.encode(text, forKey: .message)
        }
    }
}
