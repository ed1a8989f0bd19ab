internal import AsyncQueues
internal import JSEP
internal import Synchronization

/// Carries out what a ``CallCore`` decides: the calls of the application, what waits to be sent,
/// and the clock.
final class CallBoard: Sendable {
    /// What comes of an event outside of the lock under which it was decided.
    typealias Effect = @Sendable () -> Void

    struct Outgoing: Sendable {
        var message: CallMessage
        var note: NegotiationNote?
    }

    private struct State: Sendable {
        var core: CallCore
        /// Those that are live, by their ids.
        var calls: [String: CallClient.Call] = [:]
        var timer: Task<Void, Never>?
        var deadline: Duration?
        var isClosed = false
    }

    /// What waits to be sent, in order.
    let outbox: AsyncQueue<Outgoing, Never>
    /// That there is a connection again, once for each or for several.
    let connections = AsyncQueue<Void, Never>(.init(count: 1, overflow: .refuse))
    /// Calls that ring here and that nobody has taken yet; the core bounds them.
    let incoming: AsyncQueue<CallClient.Call, Never>
    private let configuration: SignalingClientConfiguration
    private let start = ContinuousClock.now
    private let state: Mutex<State>

    init(_ core: CallCore, _ configuration: SignalingClientConfiguration) {
        self.configuration = configuration
        state = Mutex(State(core: core))
        outbox = AsyncQueue(
            .init(
                count: configuration.queueLimit, bytes: configuration.queueBytes, overflow: .admit,
                cost: { $0.message.size }))
        incoming = AsyncQueue(.init(count: core.incomingLimit, overflow: .admit))
    }

    // MARK: Events

    /// Takes an event of the connection's; true if it is about calls only.
    ///
    /// - Parameter keepsPlace: whether the server may keep the place of a connection that is lost.
    func follow(_ event: CallClient.Event, _ note: NegotiationNote?, keepsPlace: Bool) -> Bool {
        switch event {
        case .connecting, .moving: break
        case .connected:
            run { core, _ in core.connected() }
            connections.push(())
        case .resumed:
            run { core, _ in core.resumed() }
            connections.push(())
        case .disconnected(let error):
            run { core, _ in core.disconnected(error.description, keepsPlace: keepsPlace) }
        case .message(let message):
            var isTaken = true
            run { core, now in
                let outputs = core.receive(message, note, now: now)
                isTaken = outputs != nil
                return outputs ?? []
            }
            return isTaken
        }
        return false
    }

    /// See ``CallClient/call(_:)``.
    func call(_ user: String, id: String) -> CallClient.Call {
        let fresh = CallClient.Call(id, user, isOutgoing: true, configuration, self)
        let (call, effects) = change { state, now in
            guard !state.isClosed else { return (fresh, fresh.advance(to: .ended(.offline))) }
            let (id, outputs) = state.core.call(user, id: id, now: now)
            let call = state.calls[id] ?? fresh
            state.calls[id] = call
            return (call, self.carryOut(outputs, &state))
        }
        for effect in effects { effect() }
        return call
    }

    /// Sends what a call's negotiator says.
    func send(_ said: CallRecord.Said, _ id: String) throws(SignalingError) {
        // Found out here, where somebody hears of it.
        _ = try CallClientDialect.bytes(CallClientDialect.message(said.payload, to: id, callID: id), said.note)
        guard outbox.hasRoom else {
            throw SignalingError(.outboxFull, "\(outbox.count) messages wait to be sent; the server reads too slowly")
        }
        var failure: SignalingError?
        run { core, _ in
            do throws(SignalingError) {
                return try core.send(said, id)
            } catch {
                failure = error
                return []
            }
        }
        if let failure { throw failure }
    }

    /// Whether a message is still to be sent that could not be: it belongs to a call that goes on,
    /// or it ends one.
    func isWanted(_ message: CallMessage) -> Bool {
        switch message {
        case .hangup, .reject: true
        default: message.callID.map { id in state.withLock { $0.core.calls[id] != nil } } ?? true
        }
    }

    /// Tells the core something, and carries out what follows.
    func run(_ event: (inout CallCore, Duration) -> [CallCore.Output]) {
        let (_, effects) = change { state, now in
            let outputs = event(&state.core, now)
            return ((), self.carryOut(outputs, &state))
        }
        for effect in effects { effect() }
    }

    /// Hangs up all calls; nothing follows.
    func close() {
        let (_, effects) = change { state, _ in
            guard !state.isClosed else { return ((), []) }
            var effects: [Effect] = []
            for id in state.calls.keys.sorted() { effects += self.carryOut(state.core.hangUp(id), &state) }
            state.isClosed = true
            return ((), effects)
        }
        for effect in effects { effect() }
        outbox.finish()
        connections.finish()
        incoming.finish()
    }

    // MARK: Under the lock

    private func change<Value>(
        _ body: (inout State, Duration) -> (Value, [Effect])
    ) -> (Value, [Effect]) {
        let now = ContinuousClock.now - start
        return state.withLock { state in
            let (value, effects) = body(&state, now)
            let deadline = state.core.nextDeadline
            guard deadline != state.deadline else { return (value, effects) }
            let former = state.timer
            state.deadline = deadline
            state.timer = deadline.map { deadline in
                Task { [weak self, start] in
                    try? await Task.sleep(until: start + deadline, clock: .continuous)
                    guard !Task.isCancelled else { return }
                    self?.run { core, now in core.tick(now: now) }
                }
            }
            return (value, effects + [{ former?.cancel() }])
        }
    }

    private func carryOut(_ outputs: [CallCore.Output], _ state: inout State) -> [Effect] {
        var effects: [Effect] = []
        for output in outputs {
            switch output {
            case .send(let message, let note):
                let wakeups = outbox.enqueue(Outgoing(message: message, note: note)).1
                effects.append { wakeups.resume() }
            case .incoming(let id, let user, let isOffered):
                let call = CallClient.Call(id, user, isOutgoing: false, configuration, self)
                state.calls[id] = call
                guard isOffered else { continue }
                let wakeups = incoming.enqueue(call).1
                effects.append { wakeups.resume() }
            case .succeeded(let own, let other): state.calls[own]?.yield(to: state.calls[other])
            case .event(let id, let event): effects += state.calls[id]?.deliver(event) ?? []
            case .state(let id, let new):
                effects += state.calls[id]?.advance(to: new) ?? []
                guard new.isEnded else { continue }
                let over = state.calls.removeValue(forKey: id)
                let unread = incoming.removeFirst { $0.id == id }
                effects.append { withExtendedLifetime((over, unread)) {} }
            }
        }
        return effects
    }
}
