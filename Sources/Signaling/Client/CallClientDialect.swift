public import JSEP

/// What a client of the call dialect says. Its token says who it is, so there is no greeting.
///
/// ``CallClient`` is built on it. Calls have their own way to a negotiator: a ``PeerSignaling``
/// over a client of this dialect hears nothing.
public struct CallClientDialect: ClientDialect {
    /// There is nothing to be said about a client.
    public init() {}

    /// As ``CallMessage`` writes itself.
    public static func encode(_ message: CallMessage) -> SignalingMessage { message.message }

    /// As ``CallMessage`` reads itself.
    public static func decode(_ message: SignalingMessage) throws(SignalingRefusal) -> CallMessage {
        try CallMessage(message)
    }

    /// The bytes of its texts.
    public static func size(of message: CallMessage) -> Int { message.size }

    /// Errors; a description belongs to a call, and not to a peer.
    public static func news(in message: CallMessage) -> PeerNews {
        if case .error(let error) = message { .refused(error) } else { .none }
    }

    /// A message of a call that has no id, which no server takes: see ``CallClient``.
    public static func message(_ payload: SignalingPayload, to peer: String) -> CallMessage {
        message(payload, to: peer, callID: "")
    }

    static func message(_ payload: SignalingPayload, to peer: String, callID: String) -> CallMessage {
        switch payload {
        case .description(let description, _):
            description.type == .offer
                ? .offer(peer: peer, callID: callID, sdp: description.sdp)
                : .answer(peer: peer, callID: callID, sdp: description.sdp)
        case .candidate(let candidate):
            .candidate(peer: peer, callID: callID, candidate.map(CandidateMessage.init))
        }
    }

    /// `authenticated`.
    public static let welcomes: Set = ["authenticated"]

    /// None.
    public var greeting: [CallMessage] { [] }

    /// An `auth` that asks for what it takes to have the device's place again, or for the place.
    public func opening(resuming resume: String?) -> [SignalingMessage] {
        [SignalingMessage(type: "auth", ["resume": resume ?? ""])]
    }
}
