public import JSEP

/// What a client of the room dialect says: it joins a room under an id.
public struct RoomClientDialect: ClientDialect {
    /// The client's id; any text.
    public var id: String
    /// The room; nil is `default`.
    public var room: String?

    /// - Parameters:
    ///   - id: see ``id``.
    ///   - room: see ``room``.
    public init(id: String, room: String? = nil) {
        self.id = id
        self.room = room
    }

    /// As ``RoomMessage`` writes itself.
    public static func encode(_ message: RoomMessage) -> SignalingMessage { message.message }

    /// As ``RoomMessage`` reads itself.
    public static func decode(_ message: SignalingMessage) throws(SignalingRefusal) -> RoomMessage {
        try RoomMessage(message)
    }

    /// The bytes of its texts.
    public static func size(of message: RoomMessage) -> Int { message.size }

    /// What a peer says, who comes and goes, and errors.
    public static func news(in message: RoomMessage) -> PeerNews {
        switch message {
        case .offer(let from?, _, let sdp):
            .said(by: from, .description(SessionDescription(type: .offer, sdp: sdp)))
        case .answer(let from?, _, let sdp):
            .said(by: from, .description(SessionDescription(type: .answer, sdp: sdp)))
        case .candidate(let from?, _, let candidate):
            .said(by: from, .candidate(candidate.map(ICECandidateInit.init)))
        case .peerList(let peers): .present(peers)
        case .peerJoined(let peer): .joined(peer)
        case .peerLeft(let peer): .left(peer)
        case .error(let error): .refused(error)
        case .join, .offer, .answer, .candidate: .none
        }
    }

    /// `offer`, `answer` or `candidate`.
    public static func message(_ payload: SignalingPayload, to peer: String) -> RoomMessage {
        switch payload {
        case .description(let description, _):
            description.type == .offer
                ? .offer(from: nil, to: peer, sdp: description.sdp) : .answer(from: nil, to: peer, sdp: description.sdp)
        case .candidate(let candidate): .candidate(from: nil, to: peer, candidate.map(CandidateMessage.init))
        }
    }

    /// `peer-list`.
    public static let welcomes: Set = ["peer-list"]

    /// `join`.
    public var greeting: [RoomMessage] { [.join(peerID: id, room: room)] }
}
