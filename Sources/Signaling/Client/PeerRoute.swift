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
        case heard(PeerNews)
        /// There is a connection to the server again; what went before may be lost.
        case connected
        case disconnected(SignalingError)
    }

    let id: Int
    let key: String
    private let keyOf: @Sendable (String) -> String
    let queue: AsyncQueue<SignalingEvent, SignalingError>
    /// What is sent to the peer does not arrive at the moment.
    private var isAway = false
    /// What was reported last: the server says the same of each candidate.
    private var lastProblem: String?

    init(
        id: Int, key: String, keyOf: @escaping @Sendable (String) -> String,
        queue: AsyncQueue<SignalingEvent, SignalingError>
    ) {
        self.id = id
        self.key = key
        self.keyOf = keyOf
        self.queue = queue
    }

    /// Takes what is for the peer's negotiator. True if it is for nobody else.
    ///
    /// - Parameters:
    ///   - note: what stood beside it.
    ///   - isPast: it came before there was a negotiator, which has sent nothing by then that could
    ///     have been lost.
    mutating func take(
        _ news: News, _ note: NegotiationNote?, isPast: Bool = false, _ effects: inout [Effect]
    ) -> Bool {
        switch news {
        case .connected: isAway = true
        case .disconnected(let error):
            isAway = true
            report(error.description, &effects)
        case .heard(.present(let peers)): isThere(peers.contains(where: isPeer), isPast, &effects)
        case .heard(.joined(let peer)): if isPeer(peer) { isThere(true, isPast, &effects) }
        case .heard(.left(let peer)): if isPeer(peer) { isAway = true }
        case .heard(.refused(let error)):
            if let target = error.to {
                guard isPeer(target) else { return false }
                isAway = true
            }
            report(error.text, &effects)
        case .heard(.said(let from, let payload)):
            guard isPeer(from) else { return false }
            for payload in note.payloads(with: payload) { push(.message(payload), &effects) }
            return true
        case .heard(.none): break
        }
        return false
    }

    private func isPeer(_ id: String) -> Bool { keyOf(id) == key }

    /// What was sent to it while it was away was lost: its negotiator sends that again, at once.
    private mutating func isThere(_ isThere: Bool, _ isPast: Bool, _ effects: inout [Effect]) {
        if isThere, isAway {
            lastProblem = nil
            if !isPast { push(.reconnected, &effects) }
        }
        isAway = !isThere
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

extension SignalingEvent {
    /// About how many bytes it keeps.
    var textBytes: Int {
        switch self {
        case .message(.description(let description, let answers)):
            description.sdp.utf8.count + (answers?.utf8.count ?? 0)
        case .message(.candidate(let candidate)):
            [candidate?.candidate, candidate?.sdpMid, candidate?.usernameFragment].reduce(0) {
                $0 + ($1?.utf8.count ?? 0)
            }
        case .problem(let text): text.utf8.count
        case .reconnected: 0
        }
    }
}
