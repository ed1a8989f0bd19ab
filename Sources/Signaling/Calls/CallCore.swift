internal import JSEP

/// All calls of one client, as a value that is told events and the time and returns what follows.
///
/// Its rules:
/// - A call begins on the wire with the offer of the caller's negotiator. It rings until it is
///   accepted, rejected, hung up, or the caller's time is over, who hangs up then.
/// - Of two calls that cross the one with the smaller id stands, at both ends. Each end knows both
///   ids as soon as the other's offer comes: the owner of the call that yields hangs it up, the
///   other one rejects it, both as `glare`, so that no device of either goes on ringing; and the
///   call that stands is accepted at once. One whose offer has not been sent yields in any case.
/// - To call a user whose call rings is to accept that.
/// - Only the user at the other end of a call says anything about it.
/// - What has been accepted goes on without a connection. What rings goes on while the server may
///   keep the place of this end, and is over where it does not, for the server ends it then.
/// - What the application does without a connection is said when there is one again.
struct CallCore: Sendable {
    enum Output: Sendable, Hashable {
        case send(CallMessage, NegotiationNote?)
        /// A call that waits to be taken; `isOffered` is false for one that the application knows
        /// as the successor of its own.
        case incoming(String, from: String, isOffered: Bool)
        case state(String, CallState)
        /// The application's own call has yielded to another one, which is accepted.
        case succeeded(String, by: String)
        /// For the negotiator of a call.
        case event(String, SignalingEvent)
    }

    /// The server forgets what has rung for so long.
    static let longestRinging = Duration.seconds(600)
    static let heldLimit = 64
    static let endedLimit = 256
    static let unsaidLimit = 256

    let ringingTime: Duration
    let incomingLimit: Int
    /// By their ids.
    private(set) var calls: [String: CallRecord] = [:]
    private(set) var isConnected = false
    /// Ids of calls that are over, so that a late message does not make one ring again.
    private var ended: [String] = []
    /// What is said when there is a connection again.
    private var unsaid: [(message: CallMessage, note: NegotiationNote?)] = []

    init(ringingTime: Duration = .seconds(30), incomingLimit: Int = 32) {
        self.ringingTime = ringingTime
        self.incomingLimit = incomingLimit
    }

    /// When it wants to be told ``tick(now:)``.
    var nextDeadline: Duration? {
        calls.values.lazy.filter { !$0.isAccepted }.map(\.deadline).min()
    }

    // MARK: What the application does

    /// The call that comes of calling a user: the one that rings here or there already, else a new
    /// one under the id.
    mutating func call(_ user: String, id: String, now: Duration) -> (id: String, outputs: [Output]) {
        if let ringing = ringing(from: user) { return (ringing, accept(ringing)) }
        if let own = calling(user) { return (own, []) }
        calls[id] = CallRecord(
            peer: user, isOutgoing: true, phase: .calling(isOffered: false), deadline: now + ringingTime)
        return (id, [])
    }

    private func ringing(from user: String) -> String? {
        calls.filter { $0.value.isRinging && $0.value.peer == user }.keys.min(by: precedes)
    }

    private func calling(_ user: String) -> String? {
        calls.first { $0.value.isCalling && $0.value.peer == user }?.key
    }

    /// Takes a call that rings; nothing where none does.
    mutating func accept(_ id: String) -> [Output] {
        guard let call = calls[id], case .ringing(let held) = call.phase else { return [] }
        calls[id]?.phase = .accepted(hasHeard: false)
        var outputs = say(.accept(peer: call.peer, callID: id)) + [.state(id, .accepted)]
        for said in held { outputs += say(said, id, to: call.peer) }
        return outputs
    }

    /// Does not take a call that rings.
    mutating func reject(_ id: String, reason: String?) -> [Output] {
        guard let call = calls[id], call.isRinging else { return [] }
        return say(.reject(peer: call.peer, callID: id, reason: reason))
            + end(id, Self.isBusy(reason) ? .busy : .rejected)
    }

    /// Ends a call, whatever it does.
    mutating func hangUp(_ id: String) -> [Output] {
        guard let call = calls[id] else { return [] }
        if call.isRinging { return reject(id, reason: nil) }
        return hangUp(id, .hungUp, reason: nil)
    }

    private mutating func hangUp(_ id: String, _ how: CallState.End, reason: String?) -> [Output] {
        guard let call = calls[id] else { return [] }
        let outputs = end(id, how)
        // Nobody knows of a call whose offer has not been sent.
        if case .calling(isOffered: false) = call.phase { return outputs }
        return say(.hangup(peer: call.peer, callID: id, reason: reason)) + outputs
    }

    /// Says it, or remembers it until there is a connection.
    private mutating func say(_ message: CallMessage, _ note: NegotiationNote? = nil) -> [Output] {
        guard !isConnected else { return [.send(message, note)] }
        unsaid.append((message, note))
        if unsaid.count > Self.unsaidLimit { unsaid.removeFirst() }
        return []
    }

    /// What a call's negotiator says.
    ///
    /// - Throws: `.closed` when the call is over, or there is no connection; `.outboxFull` when
    ///   more is said about a call that rings than is kept for it.
    mutating func send(_ said: CallRecord.Said, _ id: String) throws(SignalingError) -> [Output] {
        guard let call = calls[id] else { throw SignalingError(.closed, "the call is over") }
        guard isConnected else {
            throw SignalingError(.closed, "there is no connection to the signaling server at the moment")
        }
        guard case .ringing(var held) = call.phase else { return say(said, id, to: call.peer) }
        guard held.count < Self.heldLimit else {
            throw SignalingError(.outboxFull, "\(held.count) messages wait for the call to be accepted")
        }
        held.append(said)
        calls[id]?.phase = .ringing(held: held)
        return []
    }

    private mutating func say(_ said: CallRecord.Said, _ id: String, to peer: String) -> [Output] {
        let message = CallClientDialect.message(said.payload, to: peer, callID: id)
        guard case .offer = message, let call = calls[id] else { return say(message, said.note) }
        var note = said.note
        if call.isCalling {
            calls[id]?.phase = .calling(isOffered: true)
        } else {
            // The other end may have hung up; then the server takes the offer for a new call's, and
            // it comes to devices that have never heard of this one.
            note = note ?? NegotiationNote()
            note?.renewsCall = true
        }
        return say(message, note)
    }

    // MARK: What happens

    /// There is a connection, and a new place: the server has forgotten what rang at the one from
    /// before.
    mutating func connected() -> [Output] {
        isConnected = true
        var outputs: [Output] = []
        let accepted = Set(unsaid.compactMap { if case .accept(_, let id) = $0.message { id } else { nil } })
        for (id, call) in calls.sorted(by: { $0.key < $1.key }) {
            switch call.phase {
            case .calling(isOffered: false): break
            case .accepted: if accepted.contains(id) { outputs += end(id, .offline) }
            case .calling(isOffered: true), .ringing: outputs += lose(id, call)
            }
        }
        let ends = takeUnsaid().filter { output in
            switch output {
            case .send(.hangup, _), .send(.reject, _): true
            default: false
            }
        }
        return outputs.filter { if case .send = $0 { true } else { false } } + ends
            + outputs.filter { if case .send = $0 { false } else { true } } + backAgain()
    }

    /// There is a connection, with the place from before.
    mutating func resumed() -> [Output] {
        isConnected = true
        return takeUnsaid() + backAgain()
    }

    private mutating func takeUnsaid() -> [Output] {
        defer { unsaid = [] }
        return unsaid.map { .send($0.message, $0.note) }
    }

    /// What may have been lost with the connection is said again: that a call is accepted, here,
    /// and the rest by its negotiator.
    private func backAgain() -> [Output] {
        calls.sorted { $0.key < $1.key }.flatMap { id, call -> [Output] in
            guard case .accepted(hasHeard: false) = call.phase, !call.isOutgoing else {
                return [.event(id, .reconnected)]
            }
            return [.send(.accept(peer: call.peer, callID: id), nil), .event(id, .reconnected)]
        }
    }

    /// The connection is lost, or there was none.
    ///
    /// - Parameter keepsPlace: whether the server may keep the place of this end.
    mutating func disconnected(_ reason: String, keepsPlace: Bool = false) -> [Output] {
        isConnected = false
        var outputs: [Output] = []
        for (id, call) in calls.sorted(by: { $0.key < $1.key }) {
            switch call.phase {
            case .calling(isOffered: false): break
            case .accepted: outputs.append(.event(id, .problem(reason)))
            case .calling(isOffered: true), .ringing: if !keepsPlace { outputs += lose(id, call) }
            }
        }
        return outputs
    }

    /// A call is over that rang when the connection was lost.
    private mutating func lose(_ id: String, _ call: CallRecord) -> [Output] {
        let outputs = end(id, .offline)
        return call.isCalling ? say(.hangup(peer: call.peer, callID: id)) + outputs : outputs
    }

    /// ``nextDeadline`` may have come.
    mutating func tick(now: Duration) -> [Output] {
        var outputs: [Output] = []
        for (id, call) in calls.sorted(by: { $0.key < $1.key }) where !call.isAccepted && call.deadline <= now {
            outputs += call.isCalling ? hangUp(id, .missed, reason: "missed") : end(id, .missed)
        }
        return outputs
    }

    mutating func end(_ id: String, _ how: CallState.End) -> [Output] {
        guard calls.removeValue(forKey: id) != nil else { return [] }
        remember(ended: id)
        return [.state(id, .ended(how))]
    }

    /// An offer under an id that is not live: a new call, unless it is one that crosses ours.
    mutating func ring(_ id: String, from peer: String, _ events: [Output], now: Duration) -> [Output] {
        guard !ended.contains(id) else { return [] }
        if let own = calling(peer), let call = calls[own], case .calling(let isOffered) = call.phase {
            if isOffered, precedes(own, id) {
                remember(ended: id)
                return [.send(.reject(peer: peer, callID: id, reason: "glare"), nil)]
            }
            begin(id, from: peer, now: now)
            return [.incoming(id, from: peer, isOffered: false)] + events + accept(id)
                + [.succeeded(own, by: id)] + hangUp(own, .glare, reason: "glare")
        }
        guard calls.values.count(where: \.isRinging) < incomingLimit else {
            remember(ended: id)
            return [.send(.reject(peer: peer, callID: id, reason: "busy"), nil)]
        }
        begin(id, from: peer, now: now)
        return [.incoming(id, from: peer, isOffered: true)] + events
    }

    private mutating func remember(ended id: String) {
        ended.append(id)
        if ended.count > Self.endedLimit { ended.removeFirst() }
    }

    private mutating func begin(_ id: String, from peer: String, now: Duration) {
        calls[id] = CallRecord(
            peer: peer, isOutgoing: false, phase: .ringing(held: []), deadline: now + Self.longestRinging)
    }

    mutating func set(_ phase: CallRecord.Phase, of id: String) { calls[id]?.phase = phase }

    static func isBusy(_ reason: String?) -> Bool { reason == "busy" }

    private func precedes(_ one: String, _ other: String) -> Bool {
        one.utf16.lexicographicallyPrecedes(other.utf16)
    }
}
