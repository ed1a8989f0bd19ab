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
