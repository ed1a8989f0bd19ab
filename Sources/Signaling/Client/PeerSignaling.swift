public import JSEP

/// The way to one peer of the mesh dialect through a server, as a negotiator wants it.
///
/// It reads the client's ``SignalingClient/messages``: those of other peers, and lists of peers,
/// are passed over, so a client has one of these at a time. Who talks to several peers over one
/// socket sorts the messages by sender himself.
///
/// ```swift
/// let negotiator = PerfectNegotiator(connection, over: PeerSignaling(client, peer: other), polite: true)
/// defer { negotiator.close() }  // it negotiates for as long as somebody holds it
/// ```
public struct PeerSignaling: SignalingTransport {
    private let client: SignalingClient
    private let peer: String

    /// - Parameters:
    ///   - client: connected, and registered with an id.
    ///   - peer: the other's id.
    public init(_ client: SignalingClient, peer: String) {
        self.client = client
        self.peer = peer
    }

    /// Sends it to the peer. A rollback, which refuses an offer, is not sent: the dialect has no
    /// message for it, and the peer offers again when no answer comes.
    ///
    /// - Throws: ``SignalingError`` if the client is closed, or the server takes no more.
    public func send(_ message: SignalingPayload) async throws {
        switch message {
        case .description(let description, _):
            switch description.type {
            case .offer: try await client.send(.offer(from: nil, to: peer, sdp: description.sdp))
            case .answer, .pranswer: try await client.send(.answer(from: nil, to: peer, sdp: description.sdp))
            case .rollback: break
            }
        case .candidate(let candidate):
            let candidate = candidate.map {
                CandidateMessage(
                    candidate: $0.candidate, sdpMid: $0.sdpMid, sdpMLineIndex: $0.sdpMLineIndex,
                    usernameFragment: $0.usernameFragment)
            }
            try await client.send(.ice(from: nil, to: peer, candidate: candidate))
        }
    }

    /// What the peer sends.
    public var messages: some AsyncSequence<SignalingEvent, any Error> {
        client.messages.compactMap { [peer] message throws -> SignalingEvent? in
            switch message {
            case .offer(peer, _, let sdp): .message(.description(SessionDescription(type: .offer, sdp: sdp)))
            case .answer(peer, _, let sdp): .message(.description(SessionDescription(type: .answer, sdp: sdp)))
            case .ice(peer, _, let candidate):
                .message(
                    .candidate(
                        candidate.map {
                            ICECandidateInit(
                                candidate: $0.candidate, sdpMid: $0.sdpMid, sdpMLineIndex: $0.sdpMLineIndex,
                                usernameFragment: $0.usernameFragment)
                        }))
            default: nil
            }
        }
    }
}
