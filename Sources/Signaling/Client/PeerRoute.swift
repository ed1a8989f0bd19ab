internal import AsyncQueues
internal import JSEP

/// What comes of a message outside of the lock under which it was taken.
enum Effect: Sendable {
    case wake(Wakeups<SignalingEvent, SignalingError>)
    case end(AsyncQueue<SignalingEvent, SignalingError>, SignalingError?)

    func carryOut() {
        switch self {
        case .wake(let wakeups): wakeups.resume()
        case .end(let queue, let error): queue.finish(throwing: error)
        }
    }
}

/// Picks what is for one peer's negotiator out of what a client hears, and notices when the peer
/// has come, or is back. Pure but for its queue; guarded by the lock of its ``ClientInbox``.
struct PeerRoute: Sendable {
    /// What a client hears.
    enum News: Sendable {
        case message(MeshMessage)
        /// There is a connection to the server again; what went before may be lost.
        case connected
        case disconnected(SignalingError)
    }

    let id: Int
    let key: String
    let queue: AsyncQueue<SignalingEvent, SignalingError>
    /// What is sent to the peer does not arrive at the moment.
    private var isAway = false
    /// What was reported last: the server says the same of each candidate.
    private var lastProblem: String?

    init(id: Int, key: String, queue: AsyncQueue<SignalingEvent, SignalingError>) {
        self.id = id
        self.key = key
        self.queue = queue
    }

    /// Takes what is for the peer's negotiator. True if it is for nobody else.
    ///
    /// - Parameter isPast: it came before there was a negotiator, which has sent nothing by then
    ///   that could have been lost.
    mutating func take(_ news: News, isPast: Bool = false, _ effects: inout [Effect]) -> Bool {
        switch news {
        case .connected: isAway = true
        case .disconnected(let error):
            isAway = true
            report(error.description, &effects)
        case .message(.peerList(let peers)):
            let isThere = peers.contains { $0.isConnected && $0.id.peerKey == key }
            if isThere, isAway {
                lastProblem = nil
                if !isPast { push(.reconnected, &effects) }
            }
            isAway = !isThere
        case .message(.error(let error)):
            if let target = error.to {
                guard target.peerKey == key else { return false }
                isAway = true
            }
            report(error.text, &effects)
        case .message(let message):
            guard let (from, payload) = message.payload, from.peerKey == key else { return false }
            push(.message(payload), &effects)
            return true
        }
        return false
    }

    private mutating func report(_ problem: String, _ effects: inout [Effect]) {
        guard problem != lastProblem else { return }
        lastProblem = problem
        push(.problem(problem), &effects)
    }

    private func push(_ event: SignalingEvent, _ effects: inout [Effect]) {
        let (push, wakeups) = queue.enqueue(event)
        effects.append(.wake(wakeups))
        guard push.lost > 0 else { return }
        let reason = "more comes for the negotiator of \(key) than it reads, and than queueLimit and queueBytes allow"
        effects.append(.end(queue, SignalingError(.inboxFull, reason)))
    }
}

extension MeshMessage {
    /// What a peer says to another one, and who it is.
    fileprivate var payload: (from: String, SignalingPayload)? {
        switch self {
        case .offer(let from?, _, let sdp): (from, .description(SessionDescription(type: .offer, sdp: sdp)))
        case .answer(let from?, _, let sdp): (from, .description(SessionDescription(type: .answer, sdp: sdp)))
        case .ice(let from?, _, let candidate):
            (
                from,
                .candidate(
                    candidate.map {
                        ICECandidateInit(
                            candidate: $0.candidate, sdpMid: $0.sdpMid, sdpMLineIndex: $0.sdpMLineIndex,
                            usernameFragment: $0.usernameFragment)
                    })
            )
        default: nil
        }
    }
}

extension SignalingEvent {
    /// About how many bytes it keeps.
    var textBytes: Int {
        switch self {
        case .message(.description(let description, _)): description.sdp.utf8.count
        case .message(.candidate(let candidate)):
            [candidate?.candidate, candidate?.sdpMid, candidate?.usernameFragment].reduce(0) {
                $0 + ($1?.utf8.count ?? 0)
            }
        case .problem(let text): text.utf8.count
        case .reconnected: 0
        }
    }
}
