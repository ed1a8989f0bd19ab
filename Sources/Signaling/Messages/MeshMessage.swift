/// A message of the mesh dialect. As JSON it is an object with a `type`; names are in snake case.
public enum MeshMessage: Sendable, Hashable {
    /// `register`: who this socket is. Client to server.
    case register(Registration)
    /// `offer`: a session description for another peer. The server fills in the sender when it is
    /// nil.
    case offer(from: String?, to: String, sdp: String)
    /// `answer`: the answer to an offer.
    case answer(from: String?, to: String, sdp: String)
    /// `ice`: a candidate; nil means that there are no more. On the wire `candidate` is the line, a
    /// string, which is empty at the end; the other members stand beside it. An
    /// `RTCIceCandidateInit` object in its place is read too.
    case ice(from: String?, to: String, candidate: CandidateMessage?)
    /// `peer_list`: who is there. Server to client.
    case peerList([PeerInfo])
    /// `heartbeat`: a sign of life. Client to server.
    case heartbeat(peerID: String)
    /// `error`: why something was refused. Server to client.
    case error(ErrorMessage)

    /// The value of `type`.
    public var type: String {
        switch self {
        case .register: "register"
        case .offer: "offer"
        case .answer: "answer"
        case .ice: "ice"
        case .peerList: "peer_list"
        case .heartbeat: "heartbeat"
        case .error: "error"
        }
    }
}

extension MeshMessage {
    /// About how many bytes it keeps. Every text counts: the other end chooses which of them it
    /// makes long.
    var size: Int {
        let texts: [String?] =
            switch self {
            case .register(let who): [who.peerID, who.displayName]
            case .offer(let from, let to, let sdp), .answer(let from, let to, let sdp): [from, to, sdp]
            case .ice(let from, let to, let candidate):
                [from, to, candidate?.candidate, candidate?.sdpMid, candidate?.usernameFragment]
            case .peerList(let peers): peers.flatMap { [$0.id, $0.displayName] }
            case .heartbeat(let peerID): [peerID]
            case .error(let error): [error.code, error.message, error.to, error.callID]
            }
        return texts.reduce(0) { $0 + ($1?.utf8.count ?? 0) + MemoryLayout<String>.size }
    }
}

extension MeshMessage: Codable {
    private enum CodingKeys: String, CodingKey {
        case type, sdp, candidate, peers, sdpMid, sdpMLineIndex, usernameFragment
        case peerID = "peer_id"
        case peerType = "peer_type"
        case displayName = "display_name"
        case displayClass = "display_class"
        case from = "from_peer_id"
        case to = "to_peer_id"
    }

    /// Reads a message; fails on an unknown type and on fields that are not what they should be.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        func from() throws -> String? { try fields.decodeIfPresent(String.self, forKey: .from) }
        func to() throws -> String { try fields.decode(String.self, forKey: .to) }
        let type = try fields.decode(String.self, forKey: .type)
        switch type {
        case "register":
            self = .register(
                Registration(
                    peerID: try fields.decode(String.self, forKey: .peerID),
                    peerType: try fields.decodeIfPresent(PeerType.self, forKey: .peerType) ?? .display,
                    displayName: try fields.decodeIfPresent(String.self, forKey: .displayName) ?? "Unknown",
                    displayClass: try fields.decodeIfPresent(DisplayClass.self, forKey: .displayClass)))
        case "offer": self = .offer(from: try from(), to: try to(), sdp: try fields.decode(String.self, forKey: .sdp))
        case "answer": self = .answer(from: try from(), to: try to(), sdp: try fields.decode(String.self, forKey: .sdp))
        case "ice": self = .ice(from: try from(), to: try to(), candidate: try Self.candidate(in: fields))
        case "peer_list": self = .peerList(try fields.decode([PeerInfo].self, forKey: .peers))
        case "heartbeat": self = .heartbeat(peerID: try fields.decode(String.self, forKey: .peerID))
        case "error": self = .error(try ErrorMessage(from: decoder))
        default:
            throw DecodingError.dataCorruptedError(
                forKey: .type, in: fields, debugDescription: "no message has the type \"\(type.prefix(40))\"")
        }
    }

    private static func candidate(in fields: KeyedDecodingContainer<CodingKeys>) throws -> CandidateMessage? {
        var candidate = CandidateMessage(candidate: "")
        if let line = try? fields.decode(String.self, forKey: .candidate) {
            candidate.candidate = line
        } else if let object = try fields.decodeIfPresent(CandidateMessage.self, forKey: .candidate) {
            candidate = object
        }
        candidate.sdpMid = try candidate.sdpMid ?? fields.decodeIfPresent(String.self, forKey: .sdpMid)
        candidate.sdpMLineIndex =
            try candidate.sdpMLineIndex ?? fields.decodeIfPresent(UInt16.self, forKey: .sdpMLineIndex)
        candidate.usernameFragment =
            try candidate.usernameFragment ?? fields.decodeIfPresent(String.self, forKey: .usernameFragment)
        return candidate == CandidateMessage(candidate: "") ? nil : candidate
    }

    /// Writes the message with its `type`.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(type, forKey: .type)
        switch self {
        case .register(let registration):
            try fields.encode(registration.peerID, forKey: .peerID)
            try fields.encode(registration.peerType, forKey: .peerType)
            try fields.encode(registration.displayName, forKey: .displayName)
            try fields.encode(registration.displayClass, forKey: .displayClass)  // null when there is none
        case .offer(let from, let to, let sdp), .answer(let from, let to, let sdp):
            try fields.encodeIfPresent(from, forKey: .from)
            try fields.encode(to, forKey: .to)
            try fields.encode(sdp, forKey: .sdp)
        case .ice(let from, let to, let candidate):
            try fields.encodeIfPresent(from, forKey: .from)
            try fields.encode(to, forKey: .to)
            try fields.encode(candidate?.candidate ?? "", forKey: .candidate)
            try fields.encodeIfPresent(candidate?.sdpMid, forKey: .sdpMid)
            try fields.encodeIfPresent(candidate?.sdpMLineIndex, forKey: .sdpMLineIndex)
            try fields.encodeIfPresent(candidate?.usernameFragment, forKey: .usernameFragment)
        case .peerList(let peers): try fields.encode(peers, forKey: .peers)
        case .heartbeat(let peerID): try fields.encode(peerID, forKey: .peerID)
        case .error(let error): try error.encode(to: encoder)
        }
    }
}
