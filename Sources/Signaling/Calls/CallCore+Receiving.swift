internal import JSEP

// What comes from the server.
extension CallCore {
    /// What a message about a call leads to; nil for one that is the application's.
    mutating func receive(_ message: CallMessage, _ note: NegotiationNote?, now: Duration) -> [Output]? {
        switch message {
        case .offer(let peer, let id, let sdp):
            hear(.description(SessionDescription(type: .offer, sdp: sdp)), note, id, peer, rings: true, now: now)
        case .answer(let peer, let id, let sdp):
            hear(.description(SessionDescription(type: .answer, sdp: sdp)), note, id, peer, now: now)
        case .candidate(let peer, let id, let candidate):
            hear(.candidate(candidate.map(ICECandidateInit.init)), note, id, peer, now: now)
        case .accept(let peer, let id): accepted(id, by: peer)
        case .reject(let peer, let id, let reason): over(id, by: peer, reason, isRejection: true)
        case .hangup(let peer, let id, let reason): over(id, by: peer, reason, isRejection: false)
        case .plain: nil
        case .error(let error): refused(error)
        }
    }

    private mutating func hear(
        _ payload: SignalingPayload, _ note: NegotiationNote?, _ id: String, _ peer: String, rings: Bool = false,
        now: Duration
    ) -> [Output] {
        let events = note.payloads(with: payload).map { Output.event(id, .message($0)) }
        guard let call = calls[id] else {
            return rings && note?.renewsCall != true ? ring(id, from: peer, events, now: now) : []
        }
        guard call.peer == peer else { return [] }
        // Whoever answers has accepted, also where the word for that was lost with a connection.
        if call.isCalling, case .description(let description, _) = payload, description.type == .answer {
            return accepted(id, by: peer) + events
        }
        if call.isAccepted { set(.accepted(hasHeard: true), of: id) }
        return events
    }

    private mutating func accepted(_ id: String, by peer: String) -> [Output] {
        guard let call = calls[id], call.peer == peer, call.isCalling else { return [] }
        set(.accepted(hasHeard: true), of: id)
        return [.state(id, .accepted)]
    }

    private mutating func over(
        _ id: String, by peer: String, _ reason: String?, isRejection: Bool
    ) -> [Output] {
        guard let call = calls[id], call.peer == peer else { return [] }
        return end(id, Self.how(call, reason, isRejection: isRejection))
    }

    private static func how(_ call: CallRecord, _ reason: String?, isRejection: Bool) -> CallState.End {
        switch reason {
        case "glare": .glare
        case "missed": .missed
        case "answered-elsewhere" where !call.isOutgoing: .answeredElsewhere
        case "rejected-elsewhere" where !call.isOutgoing: .rejected
        case "offline" where call.isRinging: .offline
        case "busy" where call.isCalling: .busy
        default:
            switch call.phase {
            // Whoever is called and does not accept rejects, whatever the message.
            case .calling: .rejected
            case .ringing: .missed
            case .accepted: isRejection ? .rejected : .hungUp
            }
        }
    }

    /// An error about a call; nil for one that is about nothing of ours.
    private mutating func refused(_ error: ErrorMessage) -> [Output]? {
        guard let id = error.callID, let call = calls[id] else { return nil }
        let isOffline = error.code == ErrorMessage.Code.recipientOffline
        switch call.phase {
        case .calling: return end(id, isOffline ? .offline : .refused)
        // The caller has gone before it heard of us.
        case .accepted(hasHeard: false) where isOffline: return end(id, .offline)
        // A device that is away for a moment comes back, and a message that was too large is no
        // reason to end a call.
        case .ringing, .accepted: return [.event(id, .problem(error.text))]
        }
    }
}
