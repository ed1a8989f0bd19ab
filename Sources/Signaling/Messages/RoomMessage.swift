/// A message of the room dialect. As JSON it is an object with a `type`.
public enum RoomMessage: Sendable, Hashable {
    /// `join`: who this socket is, and which room it wants; `default` where that is nil. Client to
    /// server.
    case join(peerID: String, room: String?)
    /// `peer-list`: the others who are in the room already. Server to client.
    case peerList([String])
    /// `peer-joined`: somebody has come. Server to client.
    case peerJoined(String)
    /// `peer-left`: somebody has gone. Server to client.
    case peerLeft(String)
    /// `offer`: a session description for another peer, or for all others where `to` is nil. The
    /// server fills in the sender when it is nil.
    case offer(from: String?, to: String?, sdp: String)
    /// `answer`: the answer to an offer.
    case answer(from: String?, to: String?, sdp: String)
    /// `candidate`: a candidate; nil means that there are no more. On the wire it is an
    /// `RTCIceCandidateInit`, whose line is empty at the end.
    case candidate(from: String?, to: String?, CandidateMessage?)
    /// `error`: why something was refused. Server to client.
    case error(ErrorMessage)

    /// The value of `type`.
    public var type: String {
        switch self {
        case .join: "join"
        case .peerList: "peer-list"
        case .peerJoined: "peer-joined"
        case .peerLeft: "peer-left"
        case .offer: "offer"
        case .answer: "answer"
        case .candidate: "candidate"
        case .error: "error"
        }
    }

    /// About how many bytes it keeps.
    var size: Int {
        let texts: [String?] =
            switch self {
            case .join(let peerID, let room): [peerID, room]
            case .peerList(let peers): peers
            case .peerJoined(let peer), .peerLeft(let peer): [peer]
            case .offer(let from, let to, let sdp), .answer(let from, let to, let sdp): [from, to, sdp]
            case .candidate(let from, let to, let candidate):
                [from, to, candidate?.candidate, candidate?.sdpMid, candidate?.usernameFragment]
            case .error(let error): [error.code, error.message, error.to, error.callID]
            }
        return texts.reduce(0) { $0 + ($1?.utf8.count ?? 0) + MemoryLayout<String>.size }
    }
}
