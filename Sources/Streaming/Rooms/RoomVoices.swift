internal import AsyncQueues
internal import Forwarding
internal import RTP
internal import Synchronization

/// Who speaks in a room, by the levels of its participants' packets. Usable from any thread.
final class RoomVoices: Sendable {
    /// How often it is decided.
    private static let interval = Duration.milliseconds(100)

    private struct State: Sendable {
        var decision = ActiveSpeaker()
        /// Whose each voice is: somebody may have several.
        var names: [UInt64: String] = [:]
        var lastNumber: UInt64 = 0
        var told: String?
        var ticker: Task<Void, Never>?

        var speaker: String? { decision.speaker.flatMap { names[$0] } }
    }

    private let state = Mutex(State())
    private let source = EventSource<String?>(.state, .latestSpeaker, initial: nil)
    private let start = ContinuousClock.now

    deinit { stop() }

    private var now: Duration { ContinuousClock.now - start }

    /// Who speaks, or spoke last.
    var speaker: String? { state.withLock { $0.speaker } }
    /// ``speaker`` now, and each other one.
    var speakers: AsyncStream<String?> {
        let events = source.subscribe()
        return AsyncStream { await events.next() }
    }

    /// One more voice of somebody.
    ///
    /// - Returns: what it is known by.
    func add(_ name: String) -> UInt64 {
        state.withLock { state in
            state.lastNumber += 1
            state.names[state.lastNumber] = name
            return state.lastNumber
        }
    }

    /// A voice is gone.
    func remove(_ number: UInt64) {
        state.withLock { state in
            state.names[number] = nil
            state.decision.remove(number)
        }
    }

    /// Takes the level of a packet; that of a voice that is gone is nobody's.
    func note(_ level: AudioLevel, of number: UInt64) {
        let now = now
        state.withLock { state in
            if state.names[number] != nil { state.decision.note(level, of: number, now: now) }
        }
    }

    /// Decides from now on, until ``stop()``.
    ///
    /// - Parameter body: is called with who speaks, and who did before.
    func start(_ body: @escaping @Sendable (String?, String?) async -> Void) {
        state.withLock { state in
            guard state.ticker == nil else { return }
            state.ticker = Task { [weak self] in
                while !Task.isCancelled {
                    try? await Task.sleep(for: RoomVoices.interval)
                    guard let self else { return }
                    // Only here it is told, so that it is told in order.
                    if let (speaker, before) = decide() {
                        source.send(speaker)
                        await body(speaker, before)
                    }
                }
            }
        }
    }

    private func decide() -> (String?, String?)? {
        let now = now
        return state.withLock { state in
            state.decision.update(now: now)
            let (speaker, before) = (state.speaker, state.told)
            guard speaker != before else { return nil }
            state.told = speaker
            return (speaker, before)
        }
    }

    /// Nothing more is told.
    func stop() {
        let ticker = state.withLock { state in
            defer { state.ticker = nil }
            return state.ticker
        }
        ticker?.cancel()
        source.finish()
    }
}

extension BoundedBuffer<String?>.Policy {
    /// The last one is what counts.
    fileprivate static var latestSpeaker: Self { Self(count: 4, overflow: .dropOldest) }
}
