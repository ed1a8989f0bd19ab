internal import StrictJSON

// How the messages of the call dialect are written and read; the one place where it stands.
extension CallMessage {
    /// As it goes over a socket, to the server.
    public var message: SignalingMessage {
        var message = SignalingMessage(type: type)
        func begin(_ peer: String, _ callID: String) {
            message["recipientId"] = peer
            message["callId"] = callID
        }
        switch self {
        case .offer(let peer, let callID, let sdp), .answer(let peer, let callID, let sdp):
            begin(peer, callID)
            message["sdp"] = sdp
        case .candidate(let peer, let callID, let candidate):
            begin(peer, callID)
            message.members["candidate"] = (candidate ?? CandidateMessage(candidate: "")).json
        case .accept(let peer, let callID): begin(peer, callID)
        case .reject(let peer, let callID, let reason), .hangup(let peer, let callID, let reason):
            begin(peer, callID)
            message["reason"] = reason
        case .plain(let peer, let plain):
            message = plain
            message["senderId"] = nil
            message["recipientId"] = peer
        case .error(let error): return error.encoded()
        }
        return message
    }

    /// Reads a message.
    ///
    /// - Throws: ``SignalingRefusal`` for an unknown type, and for members that are not what they
    ///   should be.
    public init(_ message: SignalingMessage) throws(SignalingRefusal) {
        func peer() throws(SignalingRefusal) -> String {
            if let sender = try message.text("senderId") { return sender }
            return try message.some("recipientId")
        }
        func id() throws(SignalingRefusal) -> String { try message.some("callId") }
        // A reason is a word for programs; what is none counts for nothing.
        let reason = message["reason"]
        switch message.type {
        case "call-offer": self = .offer(peer: try peer(), callID: try id(), sdp: try message.some("sdp"))
        case "call-answer": self = .answer(peer: try peer(), callID: try id(), sdp: try message.some("sdp"))
        case "call-ice-candidate":
            self = .candidate(peer: try peer(), callID: try id(), try CandidateMessage.read(message))
        case "call-accept": self = .accept(peer: try peer(), callID: try id())
        case "call-reject": self = .reject(peer: try peer(), callID: try id(), reason: reason)
        case "call-hangup": self = .hangup(peer: try peer(), callID: try id(), reason: reason)
        case "error": self = .error(try ErrorMessage(message))
        default:
            guard Self.plainTypes.contains(message.type) else { throw .unknownType(message.type) }
            var plain = message
            plain["senderId"] = nil
            plain["recipientId"] = nil
            self = .plain(peer: try peer(), plain)
        }
    }
}
