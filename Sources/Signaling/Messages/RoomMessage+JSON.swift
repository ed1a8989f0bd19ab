package import StrictJSON

// How the messages of the room dialect are written and read; the one place where it stands.
extension RoomMessage {
    /// As it goes over a socket.
    public var message: SignalingMessage {
        var message = SignalingMessage(type: type)
        switch self {
        case .join(let peerID, let room):
            message["peerId"] = peerID
            message["room"] = room
        case .peerList(let peers): message.members["peers"] = .array(peers.map { .string($0) })
        case .peerJoined(let peer), .peerLeft(let peer): message["peerId"] = peer
        case .offer(let from, let to, let sdp), .answer(let from, let to, let sdp):
            message["from"] = from
            message["to"] = to
            message["sdp"] = sdp
        case .candidate(let from, let to, let candidate):
            message["from"] = from
            message["to"] = to
            message.members["candidate"] = (candidate ?? CandidateMessage(candidate: "")).json
        case .error(let error): return error.encoded()
        }
        return message
    }

    /// Reads a message.
    ///
    /// - Throws: ``SignalingRefusal`` for an unknown type, and for members that are not what they
    ///   should be.
    public init(_ message: SignalingMessage) throws(SignalingRefusal) {
        func from() throws(SignalingRefusal) -> String? { try message.text("from") }
        func to() throws(SignalingRefusal) -> String? { try message.text("to") }
        switch message.type {
        case "join": self = .join(peerID: try message.some("peerId"), room: try message.text("room"))
        case "peer-list":
            guard case .array(let peers)? = message.value("peers") else { throw .wrong("peers", "a list") }
            self = .peerList(
                try peers.map { (peer) throws(SignalingRefusal) in
                    guard let id = peer.text else { throw .wrong("an entry of peers", "a string") }
                    return id
                })
        case "peer-joined": self = .peerJoined(try message.some("peerId"))
        case "peer-left": self = .peerLeft(try message.some("peerId"))
        case "offer": self = .offer(from: try from(), to: try to(), sdp: try message.some("sdp"))
        case "answer": self = .answer(from: try from(), to: try to(), sdp: try message.some("sdp"))
        case "candidate":
            self = .candidate(from: try from(), to: try to(), try CandidateMessage.read(message))
        case "error": self = .error(try ErrorMessage(message))
        default: throw .unknownType(message.type)
        }
    }
}

extension CandidateMessage {
    /// An `RTCIceCandidateInit` (W3C WebRTC §4.8.2).
    package var json: JSONValue {
        var members: [String: JSONValue] = ["candidate": .string(candidate)]
        members["sdpMid"] = sdpMid.map { .string($0) }
        members["usernameFragment"] = usernameFragment.map { .string($0) }
        members["sdpMLineIndex"] = sdpMLineIndex.map { .number("\($0)") }
        return .object(members)
    }

    /// Reads the member `candidate`; nil for the end of all candidates.
    package static func read(_ message: SignalingMessage) throws(SignalingRefusal) -> CandidateMessage? {
        let candidate = try CandidateMessage(ice: message)
        return candidate == CandidateMessage(candidate: "") ? nil : candidate
    }
}
