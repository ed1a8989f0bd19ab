internal import AsyncQueues
internal import ICE
internal import Logging
internal import MediaIO
internal import NIOCore
internal import Signaling
internal import StrictJSON

/// A streamer that is a program of its own: it has the source and the peers' connections, and the
/// server passes their messages on as lines. If it ends it is begun again, with the peers that
/// there are; nobody else notices.
actor StreamerProcess {
    /// Bytes of the longest line that is read: a message of 64 KiB, escaped.
    private static let longestLine = 512 * 1024
    /// How long the program may take from `Stop` to its end.
    private static let patience = Duration.seconds(2)

    /// How many lines in a row may mean nothing; then the program is ended.
    private static let mostBad = 100

    private struct Nonsense: Error, CustomStringConvertible {
        let description = "the program writes lines that mean nothing; see Docs/Gateway.md for what they should be"
    }

    private struct Peer {
        let send: PeerDialogue.Send
        /// Said to it when it has to begin with a new connection.
        let welcome: SignalingMessage
        /// Whether a program that is over had it.
        var wasShown = false
    }

    private let command: [String]
    private let settings: JSONValue
    private let metrics: GatewayMetrics
    private let restarts: RestartPolicy
    private let limit: Int
    private let logger: Logger
    private var peers: [String: Peer] = [:]
    private var run: Task<Void, Never>?
    /// What the program that runs is to read.
    private var orders: AsyncQueue<ByteBuffer, Never>?
    private var isStopping = false
    /// Whether the program has said that there is nothing to come.
    private var isDone = false
    private(set) var status = StreamStatus(.starting)
    private let statusSource = EventSource<StreamStatus>(
        .state, .init(count: 4, overflow: .dropOldest), initial: StreamStatus(.starting))

    /// - Parameters:
    ///   - limit: how many peers it has at most.
    ///   - iceServers: what it is told that connections need.
    init(
        command: [String], showing request: StreamerRequest, restarts: RestartPolicy, limit: Int,
        iceServers: [ICEServer], metrics: GatewayMetrics, logger: Logger
    ) {
        settings = ProcessLine.settings(request, peers: limit, iceServers: iceServers)
        (self.command, self.restarts, self.limit) = (command, restarts, limit)
        (self.metrics, self.logger) = (metrics, logger)
    }

    deinit { statusSource.finish() }

    /// ``status`` now, and each change of it, until it is over.
    nonisolated var statuses: AsyncStream<StreamStatus> {
        let events = statusSource.subscribe()
        return AsyncStream { await events.next() }
    }

    /// Starts the program. It is live when ``status`` says so.
    func start() {
        guard run == nil else { return }
        run = Task { [weak self] in await self?.loop() }
    }

    /// Ends it: by its own word first.
    func stop() async {
        guard !isStopping else { return }
        isStopping = true
        orders?.push(ByteBuffer(bytes: ProcessLine.Order.stop.bytes))
        let run = run
        let killer = Task {
            if (try? await Task.sleep(for: Self.patience)) != nil { run?.cancel() }
        }
        if run == nil { change(StreamStatus(.stopped)) }
        // Nobody hears it where it waits to be begun again.
        if orders == nil { run?.cancel() }
        await run?.value
        killer.cancel()
    }

    // MARK: Peers

    /// Adds a peer.
    ///
    /// - Parameters:
    ///   - welcome: was said to it, and is said once more when the program is begun again: the peer
    ///     has to begin with a new connection then.
    ///   - send: takes what the peer is told.
    func add(
        _ id: String, welcome: SignalingMessage, _ send: @escaping PeerDialogue.Send
    ) throws(SignalingRefusal) {
        guard peers.count < limit else {
            throw SignalingRefusal(ErrorMessage.Code.full, "the stream has no place for another peer")
        }
        guard orders == nil || order(.addPeer(id)) else {
            throw SignalingRefusal(ErrorMessage.Code.full, "the streamer reads too slowly")
        }
        peers[id] = Peer(send: send, welcome: welcome, wasShown: orders != nil)
    }

    func remove(_ id: String) {
        if peers.removeValue(forKey: id) != nil { order(.removePeer(id)) }
    }

    func take(_ message: SignalingMessage, from id: String) throws(SignalingRefusal) {
        guard order(.fromPeer(id, message)) else {
            throw SignalingRefusal(
                ErrorMessage.Code.full, "the streamer does not run, or reads too slowly; the message is lost")
        }
    }

    @discardableResult
    private func order(_ order: ProcessLine.Order) -> Bool {
        orders?.push(ByteBuffer(bytes: order.bytes)).isAdmitted ?? false
    }

    // MARK: The program

    private func loop() async {
        var failures = RestartPolicy.Count(restarts)
        let clock = ContinuousClock()
        while !isStopping, !Task.isCancelled {
            let began = clock.now
            let failure = await once()
            guard let failure, !isStopping, !Task.isCancelled else { break }
            metrics.fellSilent()
            logger.warning("a streamer's program has ended", metadata: ["reason": "\(failure)"])
            guard let wait = failures.failed(after: clock.now - began) else {
                return change(StreamStatus(.failed, failure))
            }
            change(StreamStatus(.failed, failure), isLast: false)
            guard (try? await Task.sleep(for: wait)) != nil else { break }
        }
        change(StreamStatus(.stopped))
    }

    /// Runs the program once; nil when it has said that it is done.
    private func once() async -> String? {
        let orders = AsyncQueue<ByteBuffer, Never>(
            .init(
                count: 1024 + 2 * limit, bytes: (4 << 20) + 1024 * limit, overflow: .refuse, cost: { $0.readableBytes })
        )
        self.orders = orders
        isDone = false
        for (id, peer) in peers {
            if peer.wasShown { peer.send(peer.welcome) }
            peers[id]?.wasShown = true
        }
        for first in [.start(settings), .startSource] + peers.keys.sorted().map({ .addPeer($0) }) as [ProcessLine.Order]
        {
            orders.push(ByteBuffer(bytes: first.bytes))
        }
        defer {
            orders.finish()
            self.orders = nil
        }
        do {
            let ending = try await ChildProgram.run(command) { output, input in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        // It fails when the program is gone; the end of reading is its end.
                        for await line in orders where (try? await input.write(line)) == nil { return }
                    }
                    defer { group.cancelAll() }
                    try await self.read(output)
                }
            }
            return isDone || isStopping ? nil : "\(ending)"
        } catch {
            return isStopping ? nil : "\(error)"
        }
    }

    /// Reads until the program closes its output, or says that it is done.
    private func read(_ output: ProgramOutput) async throws {
        var reader = LineReader(limit: Self.longestLine)
        var bad = 0
        for try await bytes in output {
            let lines = reader.push(bytes)
            guard bad + reader.dropped < Self.mostBad else { throw Nonsense() }
            for line in lines {
                do throws(ProcessLine.Malformed) {
                    switch try ProcessLine.report(line) {
                    case .live: change(StreamStatus(.live), isLast: false)
                    case .stop:
                        isDone = true
                        return
                    case .toPeer(let id, let message): peers[id]?.send(message)
                    case .broadcast(let message):
                        // How the stream stands, all hear from the server.
                        if !note(message) {
                            for peer in peers.values { peer.send(message) }
                        }
                    }
                    bad = 0
                } catch {
                    // Once for a run: a program may write nothing else.
                    if bad == 0 { logger.warning("a streamer's line is left out", metadata: ["reason": "\(error)"]) }
                    bad += 1
                    guard bad < Self.mostBad else { throw Nonsense() }
                }
            }
        }
    }

    /// What the program says to all may be how it stands; false where it is not.
    private func note(_ message: SignalingMessage) -> Bool {
        guard message.type == "state", let word = message["status"].flatMap(StreamStatus.Word.init(rawValue:)),
            word == .live || word == .failed
        else { return false }
        change(StreamStatus(word, message["reason"].map { String($0.prefix(300)) }), isLast: false)
        return true
    }

    private func change(_ next: StreamStatus, isLast: Bool = true) {
        if status != next {
            status = next
            statusSource.send(next)
        }
        if isLast { statusSource.finish() }
    }
}
