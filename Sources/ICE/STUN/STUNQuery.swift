/// One Binding request to one server from one base, with its retransmissions: RFC 8489 §6.2.1.
///
/// Pure: time is a parameter, of any monotonic clock.
struct STUNQuery: Sendable {
    /// What to do now.
    enum Action: Hashable, Sendable {
        /// Send these bytes, then ask again.
        case send([UInt8])
        /// Nothing before this time.
        case wait(until: Duration)
        /// The last request has gone unanswered.
        case giveUp
        /// Over: answered or given up.
        case done
    }

    /// RTO: 500 ms (RFC 8489 §6.2.1), doubled for each further request.
    static let initialTimeout = Duration.milliseconds(500)
    /// Rc is 3, not 7, so that a dead server costs 3.5 s, not 39.5 (RFC 8489 lets it be
    /// configured).
    static let transmissions = 3

    let id: STUNBinding.TransactionID
    private var sent = 0
    private var deadline: Duration
    private var isDone = false

    init(id: STUNBinding.TransactionID, start: Duration) {
        self.id = id
        deadline = start
    }

    mutating func next(now: Duration) -> Action {
        if isDone { return .done }
        guard now >= deadline else { return .wait(until: deadline) }
        guard sent < Self.transmissions else {
            isDone = true
            return .giveUp
        }
        deadline = now + Self.initialTimeout * (1 << sent)
        sent += 1
        return .send(STUNBinding.encodeRequest(id))
    }

    /// Reads a datagram from the server; nil when it is not the answer to this query.
    mutating func receive(_ datagram: Span<UInt8>) -> STUNBinding.Response? {
        guard !isDone, sent > 0, let (id, response) = STUNBinding.decodeResponse(datagram), id == self.id else {
            return nil
        }
        isDone = true
        return response
    }
}
