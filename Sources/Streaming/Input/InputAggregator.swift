/// Makes one input of what many watchers press, for a source that has one keyboard, one mouse and
/// some gamepads. Bounded by ``InputLimits``. Pure; time is a parameter.
///
/// A key is down while anybody holds it: it goes down with the first, and up with the last. Of the
/// mouse and of each gamepad the last event counts, whoever sent it. Who is removed lets go of
/// everything.
///
/// ```swift
/// var input = InputAggregator<PeerID>()
/// try input.add(peer, now: now)
/// for event in try input.apply(message.event, from: peer, now: now) { send(event) }
/// for event in input.remove(peer) { send(event) }
/// ```
public struct InputAggregator<ID: Hashable & Sendable>: Sendable {
    private struct State: Sendable {
        /// What it holds, in the order in which it was pressed; each once.
        var keys: [String] = []
        var budget: InputBudget
    }

    /// How much is taken.
    public let limits: InputLimits

    /// Whether what is passed on is not read: then it is as if everybody sent too fast.
    var isUnread = false

    private var watchers: [ID: State] = [:]
    /// How many hold each key that is down.
    private var holders: [String: Int] = [:]
    private var writtenMouse: WrittenState<ID, InputEvent.Mouse>?
    private var writtenGamepads: [Int: WrittenState<ID, InputEvent.Gamepad>] = [:]

    /// Nobody watches yet.
    public init(limits: InputLimits = InputLimits()) {
        self.limits = limits.corrected
    }

    /// How many watch.
    public var watcherCount: Int { watchers.count }

    /// The codes of all keys that are down.
    public var heldKeys: Set<String> { Set(holders.keys) }

    /// What was passed on of the mouse last; nil if nothing was.
    public var mouse: InputEvent.Mouse? { writtenMouse?.state }

    /// What was passed on last of each gamepad, by its index.
    public var gamepads: [Int: InputEvent.Gamepad] { writtenGamepads.mapValues(\.state) }

    /// Somebody watches from now on. Who does already stays as it is.
    ///
    /// - Throws: ``InputError/tooManyWatchers(allowed:)``.
    public mutating func add(_ watcher: ID, now: Duration) throws(InputError) {
        guard watchers[watcher] == nil else { return }
        guard watchers.count < limits.watchers else { throw .tooManyWatchers(allowed: limits.watchers) }
        watchers[watcher] = State(
            budget: InputBudget(burst: limits.burst, perSecond: limits.eventsPerSecond, now: now))
    }

    /// Takes an event of a watcher.
    ///
    /// When it sends too fast, what an event lets go of is passed on all the same, without the rest
    /// of it: a button that is no longer held, an axis that has come back to the middle. It counts
    /// for the rate, so that on average no more is passed on than is allowed.
    ///
    /// - Parameters:
    ///   - event: what it does.
    ///   - watcher: who; it has to have been added.
    ///   - now: by any clock; when it goes back no time has passed.
    /// - Returns: what to pass on, in order.
    /// - Throws: ``InputError/unknownWatcher``, ``InputError/tooManyKeys(allowed:)`` and
    ///   ``InputError/tooFast(perSecond:burst:)``; then nothing has changed but the count of
    ///   events.
    public mutating func apply(
        _ event: InputEvent, from watcher: ID, now: Duration
    ) throws(InputError) -> [InputEvent] {
        guard watchers[watcher] != nil else { throw .unknownWatcher }
        switch event {
        case .key(let key) where key.down: return try press(key.code, by: watcher, now: now)
        case .key(let key): return release(key.code, by: watcher, now: now)
        case .mouse(let next):
            let written = try write(next, over: writtenMouse, by: watcher, now: now)
            writtenMouse = written
            return [.mouse(written.state)]
        case .gamepad(let next):
            let written = try write(next, over: writtenGamepads[next.index], by: watcher, now: now)
            writtenGamepads[next.index] = written
            return [.gamepad(written.state)]
        }
    }

    /// Somebody is gone: what only it held is let go, what it pressed last first, so that a
    /// modifier goes up after the keys that it was held for.
    ///
    /// - Returns: what to pass on, in order; nothing for who is not known.
    public mutating func remove(_ watcher: ID) -> [InputEvent] {
        guard let state = watchers.removeValue(forKey: watcher) else { return [] }
        var events = state.keys.reversed().compactMap { drop($0) }
        if let mouse = writtenMouse?.leave(watcher) { events.append(.mouse(mouse)) }
        for index in writtenGamepads.keys.sorted() {
            if let gamepad = writtenGamepads[index]?.leave(watcher) { events.append(.gamepad(gamepad)) }
        }
        return events
    }

    /// Everybody is gone.
    ///
    /// - Returns: what to pass on, in order.
    public mutating func removeAll() -> [InputEvent] {
        Array(watchers.keys).flatMap { remove($0) }
    }
}

extension InputAggregator {
    private var tooFast: InputError { .tooFast(perSecond: limits.eventsPerSecond, burst: limits.burst) }

    private mutating func press(_ code: String, by watcher: ID, now: Duration) throws(InputError) -> [InputEvent] {
        guard !isUnread, watchers[watcher]?.budget.take(now: now) == true else { throw tooFast }
        let keys = watchers[watcher]?.keys ?? []
        guard !keys.contains(code) else { return [] }  // the keyboard repeats it
        guard keys.count < limits.keysPerWatcher else { throw .tooManyKeys(allowed: limits.keysPerWatcher) }
        watchers[watcher]?.keys.append(code)
        holders[code, default: 0] += 1
        return holders[code] == 1 ? [.key(InputEvent.Key(known: code, down: true))] : []
    }

    private mutating func release(_ code: String, by watcher: ID, now: Duration) -> [InputEvent] {
        guard let place = watchers[watcher]?.keys.firstIndex(of: code) else {
            _ = watchers[watcher]?.budget.take(now: now)
            return []
        }
        watchers[watcher]?.keys.remove(at: place)
        watchers[watcher]?.budget.overdraw(now: now)
        return drop(code).map { [$0] } ?? []
    }

    /// One less holds a key.
    ///
    /// - Returns: that it goes up, if that was the last, with the code with which it went down: two
    ///   strings can be equal and yet have different bytes.
    private mutating func drop(_ code: String) -> InputEvent? {
        guard let place = holders.index(forKey: code) else { return nil }
        let (passedOn, count) = holders[place]
        guard count <= 1 else {
            holders[code] = count - 1
            return nil
        }
        holders.remove(at: place)
        return .key(InputEvent.Key(known: passedOn, down: false))
    }

    /// The state of a device after an event of it.
    private mutating func write<Held: HeldState>(
        _ next: Held, over last: WrittenState<ID, Held>?, by watcher: ID, now: Duration
    ) throws(InputError) -> WrittenState<ID, Held> {
        if !isUnread, watchers[watcher]?.budget.take(now: now) == true { return WrittenState(next, by: watcher) }
        guard let kept = last?.lettingGo(as: next, by: watcher) else { throw tooFast }
        watchers[watcher]?.budget.overdraw(now: now)
        return kept
    }
}
