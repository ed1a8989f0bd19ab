internal import AsyncQueues
internal import Logging
internal import Synchronization

/// Keeps up the place of a ``ReconnectingDialectClient``: connects, takes the place again, and goes
/// to another server before it leaves one that goes.
final class RegistrationKeeper<Dialect: ClientDialect>: Sendable {
    typealias Client = DialectClient<Dialect>
    typealias Event = ReconnectingDialectClient<Dialect>.Event

    /// Sees each event first, with what stood beside its message, and whether the server may keep
    /// the place for a connection that is lost; true keeps the event from others.
    typealias Filter = @Sendable (Event, NegotiationNote?, _ keepsPlace: Bool) -> Bool

    /// For how long servers keep the place of a connection that they know to be broken.
    private static var placeTime: Duration { Mailbox.time }

    /// A connection with a place.
    private struct Arrival: Sendable {
        let client: Client
        let isResumed: Bool
    }

    private struct State {
        var client: Client?
        var servers: ServerChoice
        /// What it takes to have the place again, and since when there is no connection.
        var resume: String?
        var lostAt: ContinuousClock.Instant?
        var isClosed = false

        var keepsPlace: Bool {
            resume != nil && lostAt.map { ContinuousClock.now - $0 < placeTime } != false
        }
    }

    private let dialect: Dialect
    private let configuration: SignalingClientConfiguration
    private let backoff: Backoff
    private let inbox: ClientInbox<Event, Never>
    private let filter: Filter
    private let state: Mutex<State>

    init(
        _ url: String, _ dialect: Dialect, _ configuration: SignalingClientConfiguration, _ backoff: Backoff,
        _ inbox: ClientInbox<Event, Never>, filter: @escaping Filter
    ) throws(SignalingError) {
        self.dialect = dialect
        self.configuration = configuration
        self.backoff = backoff
        self.inbox = inbox
        self.filter = filter
        state = Mutex(State(servers: try ServerChoice(url)))
    }

    /// The connection that there is.
    var client: Client? { state.withLock { $0.client } }

    /// Ends it: no connection is taken from now on.
    ///
    /// - Returns: the one that there was, to be closed.
    func finish() -> Client? {
        state.withLock { state in
            state.isClosed = true
            return state.client.take()
        }
    }

    /// Does all of it, until the task is cancelled.
    func run() async {
        var failures = 0
        while !Task.isCancelled {
            let start = ContinuousClock.now
            await tell(.connecting)
            let failure: SignalingError
            do throws(SignalingError) {
                let (error, wasAccepted) = await follow(try await arrive())
                if wasAccepted { failures = 0 }
                failure = error
            } catch {
                failure = error
            }
            guard !Task.isCancelled, lose() else { return }
            configuration.logger.debug("signaling is disconnected", metadata: ["error": "\(failure)"])
            // A connection that has lasted shows it too, where the server has nothing to say.
            if ContinuousClock.now - start > max(backoff.maximum, configuration.connectTimeout) { failures = 0 }
            await tell(.disconnected(failure))
            failures += 1
            try? await Task.sleep(for: delay(failures))
        }
    }

    private func delay(_ attempt: Int) -> Duration {
        var generator = SystemRandomNumberGenerator()
        return backoff.delay(beforeAttempt: attempt, using: &generator)
    }

    private func tell(_ event: Event, _ note: NegotiationNote? = nil) async {
        guard !filter(event, note, state.withLock { $0.keepsPlace }) else { return }
        if !inbox.push(event, note: note).hasRoom { await inbox.room() }
    }

    // MARK: A connection

    /// Connects, and takes the place there.
    ///
    /// - Parameter old: the connection that is left then.
    private func arrive(from old: Client? = nil) async throws(SignalingError) -> Arrival {
        let (url, kept) = state.withLock { ($0.servers.next, $0.resume) }
        let resume = old?.notices.resume ?? kept
        do throws(SignalingError) {
            let client = try await Client.connect(to: url, configuration: configuration)
            guard state.withLock({ !$0.isClosed }) else {
                await client.close()
                throw SignalingError(.closed, "the client is closed")
            }
            try await client.introduce(dialect, resuming: resume)
            let welcome = resume == nil && old == nil ? .anew : await client.welcome()
            switch welcome {
            case .refused(let error) where old != nil:
                await client.close()
                throw SignalingError(.closed, "the server does not give the place: \(error.text)")
            case .ended where old != nil: throw SignalingError(.closed, "the server closed the connection at once")
            // Otherwise it is told as a message, or as the end.
            case .resumed, .anew, .refused, .ended: break
            }
            guard take(client, url) else {
                await client.close()
                throw SignalingError(.closed, "the client is closed")
            }
            old?.leave()
            if case .resumed = welcome { return Arrival(client: client, isResumed: true) }
            return Arrival(client: client, isResumed: false)
        } catch {
            state.withLock { $0.servers.failed() }
            throw error
        }
    }

    private func take(_ client: Client, _ url: String) -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            state.client = client
            state.lostAt = nil
            state.servers.reached(url)
            return true
        }
    }

    /// There is no connection.
    private func lose() -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            // The one that is lost may have ended before it was told.
            state.resume = state.client?.notices.resume ?? state.resume
            state.lostAt = state.lostAt ?? .now
            state.client = nil
            return true
        }
    }

    /// Hands on what a connection says, and what those say that take its place, until there is
    /// none.
    ///
    /// - Returns: why, and whether a server has said anything but errors.
    private func follow(_ first: Arrival) async -> (SignalingError, wasAccepted: Bool) {
        var (arrival, wasAccepted) = (first, false)
        while true {
            let client = arrival.client
            await tell(arrival.isResumed ? .resumed : .connected)
            let mover = Task { await move(from: client) }
            let failure: SignalingError
            do throws(SignalingError) {
                while let heard = try await client.inbox.nextNoted() {
                    if case .refused = Dialect.news(in: heard.element) {} else { wasAccepted = true }
                    await tell(.message(heard.element), heard.note)
                }
                failure = SignalingError(.closed, "the connection was closed")
            } catch {
                failure = error
            }
            // It ends an attempt that is under way, for this has become one that cannot wait.
            mover.cancel()
            guard let next = await mover.value else { return (failure, wasAccepted) }
            arrival = next
        }
    }

    /// Waits until the server says that it goes, and makes a connection with another one, which may
    /// be its successor under the same URL. The old one is good until then.
    ///
    /// - Returns: nil if the old one has ended before.
    private func move(from old: Client) async -> Arrival? {
        guard let draining = await old.notices.draining.next() else { return nil }
        state.withLock { $0.servers.move(to: draining.url) }
        await tell(.moving(to: state.withLock { $0.servers.next }))
        // Not all of its clients at once, where there is time.
        var wait = min(draining.within / 2, backoff.maximum) * Double.random(in: 0...1)
        var attempt = 0
        while true {
            try? await Task.sleep(for: wait)
            guard !Task.isCancelled else { return nil }
            do throws(SignalingError) {
                return try await arrive(from: old)
            } catch {
                configuration.logger.debug("the next server is not to be had", metadata: ["error": "\(error)"])
                attempt += 1
                wait = delay(attempt)
            }
        }
    }
}
