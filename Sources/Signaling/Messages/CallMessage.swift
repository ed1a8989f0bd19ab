/// A message of the call dialect. As JSON it is an object with a `type`.
///
/// Its `peer` is the user at the other end: who it is for in a message that is sent, `recipientId`,
/// and who it is from in one that has come, `senderId`.
public enum CallMessage: Sendable, Hashable {
    /// `call-offer`: a session description, with which a call begins, or is negotiated anew.
    case offer(peer: String, callID: String, sdp: String)
    /// `call-answer`: the answer to an offer.
    case answer(peer: String, callID: String, sdp: String)
    /// `call-ice-candidate`: a candidate; nil means that there are no more. On the wire it is an
    /// `RTCIceCandidateInit`, whose line is empty at the end.
    case candidate(peer: String, callID: String, CandidateMessage?)
    /// `call-accept`: the user who is called takes the call.
    case accept(peer: String, callID: String)
    /// `call-reject`: the user who is called does not take it; `reason` may be `busy`.
    case reject(peer: String, callID: String, reason: String? = nil)
    /// `call-hangup`: the call is over.
    case hangup(peer: String, callID: String, reason: String? = nil)
    /// `message`, `typing` or `read`, with all members but `recipientId` and `senderId`.
    case plain(peer: String, SignalingMessage)
    /// `error`: why something was refused. Server to client.
    case error(ErrorMessage)

    /// The types of ``plain(peer:_:)``.
    static let plainTypes: Set<String> = ["message", "typing", "read"]

    /// The value of `type`.
    public var type: String {
        switch self {
        case .offer: "call-offer"
        case .answer: "call-answer"
        case .candidate: "call-ice-candidate"
        case .accept: "call-accept"
        case .reject: "call-reject"
        case .hangup: "call-hangup"
        case .plain(_, let message): message.type
        case .error: "error"
        }
    }

    /// The call that it is about; nil for one that is about none.
    var callID: String? {
        switch self {
        case .offer(_, let id, _), .answer(_, let id, _), .candidate(_, let id, _), .accept(_, let id),
            .reject(_, let id, _), .hangup(_, let id, _):
            id
        case .plain: nil
        case .error(let error): error.callID
        }
    }

    /// About how many bytes it keeps.
    var size: Int {
        let texts: [String?]
        switch self {
        case .offer(let peer, let id, let sdp), .answer(let peer, let id, let sdp): texts = [peer, id, sdp]
        case .candidate(let peer, let id, let candidate):
            texts = [peer, id, candidate?.candidate, candidate?.sdpMid, candidate?.usernameFragment]
        case .accept(let peer, let id): texts = [peer, id]
        case .reject(let peer, let id, let reason), .hangup(let peer, let id, let reason): texts = [peer, id, reason]
        // What is no text in it is smaller in its JSON than in memory, by some factor.
        case .plain(let peer, let message): return peer.utf8.count + 8 * message.bytes.count
        case .error(let error): texts = [error.code, error.message, error.to, error.callID]
        }
        return texts.reduce(0) { $0 + ($1?.utf8.count ?? 0) + MemoryLayout<String>.size }
    }
}
