internal import Logging
internal import NIOCore
internal import Signaling

/// One attempt after another, for as long as the node has joined. On its event loop, where all
/// events are told.
final class RedisSession {
    private let configuration: RedisConfiguration
    private let connector: RedisConnector
    private let loop: any EventLoop
    private let node: String
    private let outbox: RedisOutbox
    private let receive: @Sendable (BackplaneEvent) -> Void
    private var generator = SystemRandomNumberGenerator()
    private var pace = RedisPace()
    private var attempt: RedisAttempt?
    private var turn = 0
    private var wait: Scheduled<Void>?
    private var hasLeft = false
    /// What was said last of why there is no connection.
    private var reason: String?

    init(
        _ configuration: RedisConfiguration, _ connector: RedisConnector, loop: any EventLoop, node: String,
        outbox: RedisOutbox, _ receive: @escaping @Sendable (BackplaneEvent) -> Void
    ) {
        self.configuration = configuration
        self.connector = connector
        self.loop = loop
        self.node = node
        self.outbox = outbox
        self.receive = receive
    }

    func start() {
        guard !hasLeft else { return }
        let attempt = RedisAttempt(configuration, connector, loop: loop, node: node, outbox: outbox) {
            [weak self] news in self?.take(news)
        }
        self.attempt = attempt
        attempt.start(turn: turn)
    }

    func drain() {
        guard let attempt else {
            _ = outbox.takeAll()
            return
        }
        attempt.drain()
    }

    func leave() {
        hasLeft = true
        wait?.cancel()
        attempt?.stop()
        attempt = nil
        _ = outbox.close()
    }

    private func take(_ news: RedisAttempt.News) {
        guard !hasLeft else { return }
        switch news {
        case .connected:
            pace.reset()
            reason = nil
            configuration.logger.debug("joined the servers on Redis")
            receive(.connected)
        case .message(let bytes): receive(.message(bytes))
        case .undelivered(let bytes): receive(.undelivered(bytes))
        case .failed(let text): fail(text)
        }
    }

    private func fail(_ text: String) {
        attempt = nil
        turn = (turn + 1) % 16
        let delay = pace.next(using: &generator)
        wait = loop.assumeIsolated().scheduleTask(in: TimeAmount(delay)) { [weak self] in self?.start() }
        // The same reason at each attempt is said once.
        guard text != reason else { return }
        reason = text
        configuration.logger.debug("not joined with the servers on Redis", metadata: ["reason": "\(text)"])
        receive(.degraded(text))
    }
}
