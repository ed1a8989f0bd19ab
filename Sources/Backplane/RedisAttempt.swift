internal import Logging
internal import NIOCore

/// One time of being connected, from the search for the master to the end: two connections to one
/// server, for in RESP2 a connection that is subscribed publishes nothing, and RESP3, with which it
/// could, is not what hiredis 0.14 reads. On its event loop.
///
/// It counts as connected when something that was published on the one has come on the other: then
/// both lead to the same server, and its rules allow both.
final class RedisAttempt {
    enum News {
        case connected
        case message([UInt8])
        /// What was said has reached nobody, or may not have.
        case undelivered([UInt8])
        /// Over, with the reason for people; nothing comes after it.
        case failed(String)
    }

    private enum State {
        case searching
        case subscribing(RedisConnection, missing: Int)
        case opening(subscriber: RedisConnection)
        case probing(subscriber: RedisConnection, publisher: RedisConnection)
        case connected(subscriber: RedisConnection, publisher: RedisConnection)
        case over
    }

    /// Answers may come late, behind many messages.
    private static let pingLimit = 64

    private let configuration: RedisConfiguration
    private let connector: RedisConnector
    private let loop: any EventLoop
    private let node: String
    private let channels: RedisChannels
    private let outbox: RedisOutbox
    private let hear: (News) -> Void
    private let token: [UInt8]
    private var state = State.searching
    private var asked: RedisConnection?
    private var deadline: Scheduled<Void>?
    private var ticks: Scheduled<Void>?

    init(
        _ configuration: RedisConfiguration, _ connector: RedisConnector, loop: any EventLoop, node: String,
        outbox: RedisOutbox, _ hear: @escaping (News) -> Void
    ) {
        self.configuration = configuration
        self.connector = connector
        self.loop = loop
        self.node = node
        self.outbox = outbox
        self.hear = hear
        channels = RedisChannels(prefix: configuration.prefix)
        token = (0..<16).map { _ in UInt8.random(in: 0...255) }
    }

    // MARK: Where the master is

    /// - Parameter turn: which of the sentinels is asked first.
    func start(turn: Int) {
        switch configuration.place {
        case .server(let endpoint): subscribe(endpoint)
        case .sentinels(let sentinels, let master):
            let first = turn % max(1, sentinels.count)
            search(Array(sentinels[first...] + sentinels[..<first])[...], master, "there is no sentinel")
        }
    }

    private func search(_ sentinels: ArraySlice<RedisEndpoint>, _ master: String, _ reason: String) {
        guard case .searching = state else { return }
        deadline?.cancel()
        asked?.close()
        asked = nil
        guard let sentinel = sentinels.first else { return fail(reason) }
        let rest = sentinels.dropFirst()
        var isOpen = true
        let next = { [self] (reason: String) in
            guard isOpen else { return }
            isOpen = false
            search(rest, master, "the sentinel \(sentinel): \(reason)")
        }
        deadline = limit { next("there is no answer") }
        let secrets = secrets(configuration.sentinelCredentials)
        connector.connect(to: sentinel, secrets: secrets) { [self] result in
            switch result {
            case .failure(let error): next(error.reason)
            case .success(let connection):
                guard isOpen, case .searching = state else { return connection.close() }
                asked = connection
                connection.start { [self] news in
                    switch news {
                    case .meaning(.master(let endpoint)):
                        guard isOpen else { return }
                        isOpen = false
                        asked?.close()
                        asked = nil
                        subscribe(endpoint)
                    case .meaning(.failure(let reason)), .ended(let reason): next(reason)
                    case .meaning: break
                    }
                }
                authenticate(connection, configuration.sentinelCredentials)
                connection.ask(.master(master), RedisCommand.bytes(["SENTINEL", "get-master-addr-by-name", master]))
            }
        }
    }

    // MARK: The two connections

    private func subscribe(_ endpoint: RedisEndpoint) {
        guard case .searching = state else { return }
        deadline?.cancel()
        let hint = configuration.tls == nil ? "" : "; does it speak TLS?"
        deadline = limit { [self] in
            fail("\(endpoint): there is no answer in \(configuration.connectTimeout)\(hint)")
        }
        connector.connect(to: endpoint, secrets: secrets(configuration.credentials)) { [self] result in
            switch result {
            case .failure(let error): fail("\(endpoint): \(error.reason)")
            case .success(let connection):
                guard case .searching = state else { return connection.close() }
                state = .subscribing(connection, missing: 2)
                connection.start { [self] news in take(news, endpoint) { self.subscribed($0, endpoint) } }
                begin(connection)
                for channel in [channels.all, channels.to(node)] {
                    connection.ask(.subscription(channel), RedisCommand.bytes(["SUBSCRIBE", channel]))
                }
            }
        }
    }

    private func subscribed(_ meaning: RedisDialogue.Meaning, _ endpoint: RedisEndpoint) {
        switch (meaning, state) {
        case (.answer(.subscription), .subscribing(let connection, let missing)):
            guard missing == 1 else {
                state = .subscribing(connection, missing: missing - 1)
                return
            }
            state = .opening(subscriber: connection)
            openPublisher(connection, endpoint)
        case (.message(_, let payload), _): take(payload)
        default: break
        }
    }

    private func openPublisher(_ subscriber: RedisConnection, _ endpoint: RedisEndpoint) {
        // A name may lead to several servers; both connections have to lead to one.
        guard let address = subscriber.remoteAddress else {
            return fail("\(endpoint): Redis has closed the connection")
        }
        let secrets = secrets(configuration.credentials)
        connector.connect(to: address, host: endpoint.host, secrets: secrets) { [self] result in
            switch result {
            case .failure(let error): fail("\(endpoint): \(error.reason)")
            case .success(let publisher):
                guard case .opening(let subscriber) = state else { return publisher.close() }
                state = .probing(subscriber: subscriber, publisher: publisher)
                publisher.start { [self] news in
                    take(news, endpoint) { [self] meaning in
                        guard case .published(let bytes, let receivers) = meaning, bytes > 0,
                            let said = outbox.answered()
                        else { return }
                        if receivers == 0 { hear(.undelivered(said)) }
                    }
                }
                begin(publisher)
                // Of no bytes: it was never in the outbox.
                publisher.ask(
                    .publication(0), RedisCommand.publish(RedisFrame(.probe, from: node, token), on: channels.to(node)))
            }
        }
    }

    private func begin(_ connection: RedisConnection) {
        authenticate(connection, configuration.credentials)
        connection.ask(.role, RedisCommand.bytes(["ROLE"]), flushes: false)
    }

    private func authenticate(_ connection: RedisConnection, _ credentials: RedisCredentials?) {
        guard let credentials else { return }
        connection.ask(.authentication, RedisCommand.authenticate(credentials), flushes: false)
    }

    private func secrets(_ credentials: RedisCredentials?) -> [String] { credentials.map { [$0.password] } ?? [] }

    private func take(
        _ news: RedisConnection.News, _ endpoint: RedisEndpoint, _ go: (RedisDialogue.Meaning) -> Void
    ) {
        switch news {
        case .ended(let reason), .meaning(.failure(let reason)): fail("\(endpoint): \(reason)")
        case .meaning(let meaning): go(meaning)
        }
    }

    private func take(_ payload: [UInt8]) {
        guard let frame = RedisFrame(parsing: payload) else {
            return configuration.logger.debug("something on a channel of the cluster is none of its messages")
        }
        switch (frame.kind, state) {
        case (.probe, .probing(let subscriber, let publisher)):
            guard frame.sender == node, frame.bytes == token else { return }
            state = .connected(subscriber: subscriber, publisher: publisher)
            deadline?.cancel()
            outbox.open()
            tick()
            hear(.connected)
        case (.message, .connected):
            if frame.sender != node { hear(.message(frame.bytes)) }
        case (.probe, .connected):
            guard frame.sender == node, frame.bytes != token else { return }
            configuration.logger.warning("another server has joined under the name of this one, \(node)")
        default: break
        }
    }

    // MARK: While connected

    /// Sends what waits.
    func drain() {
        let commands = outbox.takeAll()
        guard case .connected(_, let publisher) = state else { return }
        for command in commands { publisher.ask(.publication(command.readableBytes), command, flushes: false) }
        publisher.flush()
    }

    /// Tries both connections, and gives up one that has been silent for three intervals. What the
    /// publishing one is asked is whether its server is still the master.
    private func tick() {
        guard case .connected(let subscriber, let publisher) = state else { return }
        for connection in [subscriber, publisher] where connection.tick() >= 3 {
            return fail("Redis has been silent for \(configuration.pingInterval * 3)")
        }
        // It may say much, and still not answer.
        guard subscriber.unanswered < Self.pingLimit else { return fail("Redis does not answer pings") }
        subscriber.ask(.ping, RedisCommand.bytes(["PING"]))
        publisher.ask(.role, RedisCommand.bytes(["ROLE"]))
        ticks = loop.assumeIsolated().scheduleTask(in: TimeAmount(configuration.pingInterval)) { [weak self] in
            self?.tick()
        }
    }

    private func limit(_ end: @escaping () -> Void) -> Scheduled<Void> {
        loop.assumeIsolated().scheduleTask(in: TimeAmount(configuration.connectTimeout)) { end() }
    }

    // MARK: The end

    private func fail(_ reason: String) {
        if case .over = state { return }
        for said in stop() { hear(.undelivered(said)) }
        hear(.failed(reason))
    }

    /// Closes everything; nothing is heard of it any more.
    ///
    /// - Returns: what was said and may not have been taken.
    @discardableResult
    func stop() -> [[UInt8]] {
        let connections: [RedisConnection]
        switch state {
        case .searching, .over: connections = []
        case .subscribing(let subscriber, _), .opening(let subscriber): connections = [subscriber]
        case .probing(let subscriber, let publisher), .connected(let subscriber, let publisher):
            connections = [subscriber, publisher]
        }
        state = .over
        let unsaid = outbox.close()
        deadline?.cancel()
        ticks?.cancel()
        asked?.close()
        asked = nil
        for connection in connections { connection.close() }
        return unsaid
    }
}
