internal import AsyncQueues
public import JSEP
internal import Logging
internal import NetworkLoop
internal import Synchronization

/// Negotiates a connection over the application's signaling, for as long as it lives: offers when
/// one is needed, answers, candidates, and offers that meet each other. The pattern of W3C WebRTC
/// §10.7, and what it leaves open.
///
/// Both ends make one and then just use their connection: channels are made, ICE is restarted, and
/// it all comes about. One end is polite, the other is not; which is which does not matter. A
/// browser may be the other end, with the few lines of the W3C's example.
///
/// ```swift
/// let connection = try PeerConnection()
/// let negotiator = PerfectNegotiator(connection, over: signaling, polite: true)
/// defer { negotiator.close() }  // it negotiates for as long as somebody holds it
/// let chat = try await connection.createDataChannel("chat")
/// try await chat.opened(within: .seconds(30))  // or an error that says what is missing
/// ```
///
/// Messages that are lost are sent again when the transport says that it has reconnected, or when
/// an answer does not come in time. It works until the connection or it itself is closed, or nobody
/// holds it any more: one that is assigned to `_` ends at once. Offers that are needed are not made
/// then, and ``PeerConnection/diagnosis`` says so.
public actor PerfectNegotiator {
    /// The connection that it negotiates.
    public nonisolated let connection: PeerConnection
    /// What it sends that the transport has not taken yet. It is full only where the transport has
    /// been stuck for long; then more is as if it had been lost.
    private nonisolated let outbox = AsyncQueue<SignalingPayload, Never>(.signaling)
    private nonisolated let problemSource = EventSource<NegotiationProblem>(.kept, .latest)
    private nonisolated let tasks = Mutex<[Task<Void, Never>]>([])
    private(set) var core: NegotiatorCore
    private var timer: LoopTimer?

    /// Begins to negotiate.
    ///
    /// - Parameters:
    ///   - connection: the connection; the application sets no descriptions on it itself.
    ///   - transport: the way to the peer.
    ///   - polite: whether this end gives way when two offers meet. The peer must be the opposite.
    public init(_ connection: PeerConnection, over transport: some SignalingTransport, polite: Bool) {
        self.connection = connection
        core = NegotiatorCore(isPolite: polite)
        start(transport)
    }

    /// Begins to negotiate with settings of the application's.
    ///
    /// - Parameters:
    ///   - connection: the connection; the application sets no descriptions on it itself.
    ///   - transport: the way to the peer.
    ///   - polite: whether this end gives way when two offers meet. The peer must be the opposite.
    ///   - settings: how long to wait for answers, and how often to try.
    /// - Throws: `RangeError` for a setting that is out of its range, before anything is begun.
    public init(
        _ connection: PeerConnection, over transport: some SignalingTransport, polite: Bool, settings: Settings
    ) throws(WebRTCError) {
        try settings.validate()
        self.connection = connection
        core = NegotiatorCore(isPolite: polite, settings: settings)
        start(transport)
    }

    deinit {
        stop()
    }

    /// What it has met and gone on from. The first subscription gets all from the start.
    public nonisolated var problems: EventSequence<NegotiationProblem> { problemSource.events() }

    /// Ends the negotiation and leaves the connection as it is. From anywhere, any number of times.
    public nonisolated func close() {
        stop()
        connection.loop.post { [weak self] in self?.assumeIsolated { $0.cancelTimer() } }
    }

    private nonisolated func stop() {
        for task in tasks.withLock({ $0 }) { task.cancel() }
        outbox.finish()
        problemSource.finish()
    }

    private func cancelTimer() {
        timer?.cancel()
        timer = nil
    }

    // MARK: What it listens to

    private nonisolated func start(_ transport: some SignalingTransport) {
        let needs = connection.negotiationNeeded
        let states = connection.signalingStates
        let candidates = connection.iceCandidates
        let outgoing = outbox
        let executor = connection.surroundings.executor
        let listeners = [
            Task(executorPreference: executor) { [weak self] in
                for await _ in needs { await self?.handle(.wake) }
            },
            // The first event is the state at the start.
            Task(executorPreference: executor) { [weak self] in
                for await state in states where state != .closed { await self?.handle(.wake) }
                self?.close()
            },
            Task(executorPreference: executor) { [weak self] in
                var ends = CandidateEnds()
                for await candidate in candidates {
                    for message in ends.follow(candidate) { await self?.send(.candidate(message)) }
                }
            },
            Task(executorPreference: executor) { [weak self] in
                for await message in outgoing {
                    do {
                        try await transport.send(message)
                    } catch {
                        await self?.didFailToSend("\(error)")
                    }
                }
            },
            Task(executorPreference: executor) { [weak self] in
                var reason: String?
                do {
                    for try await event in transport.messages {
                        guard let self else { return }
                        switch event {
                        case .message(let payload): await self.handle(.received(payload))
                        case .reconnected: await self.handle(.reconnected)
                        case .problem(let text): await self.report(.signaling(text))
                        }
                    }
                } catch {
                    reason = "\(error)"
                }
                await self?.signalingEnded(reason)
            },
        ]
        tasks.withLock { $0 = listeners }
    }

    private func signalingEnded(_ reason: String?) {
        guard !Task.isCancelled else { return }
        problemSource.send(.signalingEnded(reason))
        close()
    }

    private func didFailToSend(_ reason: String) {
        guard !Task.isCancelled else { return }
        messageWasLost(reason)
    }

    // MARK: Driving

    private func handle(_ event: NegotiatorCore.Event) {
        guard !Task.isCancelled else { return }
        run(event)
    }

    private func run(_ event: NegotiatorCore.Event) {
        var end = ConnectionEnd(connection: connection)
        core.run(event, at: connection.loop.now, on: &end)
        for problem in end.problems { report(problem) }
        for message in end.outgoing { send(message) }
        setTimer()
    }

    private func report(_ problem: NegotiationProblem) {
        guard !Task.isCancelled else { return }
        connection.logger?.info("negotiation", metadata: ["problem": "\(problem)"])
        problemSource.send(problem)
    }

    private func send(_ message: SignalingPayload) {
        guard outbox.push(message).lost > 0 else { return }
        messageWasLost("\(outbox.count) messages wait for the transport")
    }

    private func messageWasLost(_ reason: String) {
        problemSource.send(.notSent(reason))
        core.messageWasLost(at: connection.loop.now)
        setTimer()
    }

    private func setTimer() {
        cancelTimer()
        guard let deadline = core.nextDeadline else { return }
        let delay = max(.zero, deadline - connection.loop.now)
        timer = connection.loop.schedule(after: delay) { [weak self] in
            self?.assumeIsolated { $0.run(.time) }
        }
    }
}
