internal import AsyncQueues
internal import Logging
public import MulticastDNS
internal import Synchronization

/// Finds the services of one type, resolved, as an asynchronous sequence of events that begins with
/// what is there.
///
/// Services come from the mDNS daemon and from the registry of this machine (see
/// ``DiscoveryConfiguration``); one that is in both is reported once, as the daemon sees it. A
/// daemon that starts later, or again, is taken up. Events wait in a queue that holds at most one
/// for each service.
///
/// Several loops over one browser share its events. May be used from any thread.
public final class ServiceBrowser: AsyncSequence, Sendable {
    /// An event of the sequence.
    public typealias Element = ServiceEvent
    /// The sequence never fails.
    public typealias Failure = Never

    /// How many services keep a resolver of the daemon open to see changes; each costs a thread and
    /// a bus connection. Those above the number are resolved once for each time they appear.
    static let maximumOpenResolvers = 32

    private typealias Events = QueueState<ServiceEventQueue, Never>

    private struct State {
        var browse: BrowserState
        var queue = Events(ServiceEventQueue())
        var request: DiscoveryLoop.ID?
        var timers: [DiscoveryLoop.ID] = []
        var resolvers: [String: DiscoveryLoop.ID] = [:]
        var watch: LocalRegistry.Watch?
        var isStopped = false
    }

    /// The service type, for example `_meshchat._tcp`.
    public let type: String
    private let configuration: DiscoveryConfiguration
    private let registry: LocalRegistry?
    private let names: LocalNameResolver
    private let state: Mutex<State>

    /// Starts to browse.
    ///
    /// - Parameters:
    ///   - type: a service type such as `_meshchat._tcp` (RFC 6763 §7).
    ///   - configuration: whether to use the daemon, and what to do without it.
    /// - Throws: `.invalidArgument` for a malformed type; `.registryUnusable` when no daemon is to
    ///   be used and the registry's directory cannot be.
    public init(type: String, configuration: DiscoveryConfiguration = .init()) throws(DiscoveryError) {
        try ServiceName.validate(type: type)
        self.type = type
        self.configuration = configuration
        registry = try configuration.makeRegistry()
        names = LocalNameResolver(cacheLifetime: .seconds(1))
        state = Mutex(State(browse: BrowserState(type: type)))
        if let registry {
            let watch = registry.watch { [weak self] in self?.readRegistry() }
            state.withLock { $0.watch = watch }
            DiscoveryLoop.shared.execute { [weak self] in self?.readRegistry() }
        }
        if configuration.usesDaemon { DiscoveryLoop.shared.execute { [weak self] in self?.askDaemon() } }
    }

    deinit { stop() }

    /// Says whether a service type is one (RFC 6763 §7).
    ///
    /// - Throws: `.invalidArgument` when it is not like `_meshchat._tcp`.
    public static func validate(type: String) throws(DiscoveryError) {
        try ServiceName.validate(type: type)
    }

    /// Ends the sequence and releases what it holds. May be called again.
    public func stop() {
        let (ids, watch, wakeups) = state.withLock {
            state -> ([DiscoveryLoop.ID], LocalRegistry.Watch?, Events.Wakeups) in
            guard !state.isStopped else { return ([], nil, Events.Wakeups()) }
            state.isStopped = true
            defer { (state.watch, state.resolvers) = (nil, [:]) }
            let request = state.request.map { [$0] } ?? []
            state.queue.buffer.removeAll()
            return (request + state.timers + Array(state.resolvers.values), state.watch, state.queue.finish())
        }
        for id in ids { DiscoveryLoop.shared.cancel(id) }
        watch?.stop()
        wakeups.resume()
    }

    /// An iterator over the events; see the type about several of them.
    public func makeAsyncIterator() -> Iterator { Iterator(browser: self) }

    /// Reads the events of a browser, which it keeps alive.
    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let browser: ServiceBrowser

        /// The next event; nil when the browser was stopped or the task cancelled.
        public mutating func next() async -> ServiceEvent? { await browser.next() }

        /// The next event; nil when the browser was stopped or the task cancelled.
        public mutating func next(isolation actor: isolated (any Actor)?) async -> ServiceEvent? {
            await browser.next()
        }
    }

    private func next() async -> ServiceEvent? {
        let taken = await state.wait(on: { $1(&$0.queue.readers) }, whenCancelled: .nothing) { $0.queue.take() }
        return taken.outcome.get()
    }

    private func readRegistry() {
        guard let registry else { return }
        let services = registry.services(ofType: type)
        update { $0.registryChanged(services) }
    }

    /// On the loop's thread, so that the request is noted before its first reply.
    private func askDaemon() {
        let id = DiscoveryLoop.shared.start(.browse(type: type)) { [weak self] reply in self?.receive(reply) }
        let isStopped = state.withLock { state in
            state.request = id
            return state.isStopped
        }
        if isStopped { DiscoveryLoop.shared.cancel(id) }
    }

    private func receive(_ reply: DNSServiceReply) {
        switch reply {
        case .browsed(let added, let name, let domain, let interface):
            update { $0.browsed(added: added, name: name, domain: domain, interface: interface) }
        case .failed(let error):
            configuration.logger.debug("browsing without the mDNS daemon for now", metadata: ["error": "\(error)"])
            update { $0.daemonLost() }
            let loop = DiscoveryLoop.shared
            let timers = [
                loop.schedule(after: configuration.daemonRetryInterval) { [weak self] in self?.askDaemon() },
                loop.schedule(after: Swift.max(.seconds(10), configuration.daemonRetryInterval * 3)) { [weak self] in
                    self?.update { $0.dropStale() }
                },
            ]
            let ended = state.withLock { state -> [DiscoveryLoop.ID] in
                // The drop of an earlier failure is put off by this one.
                defer { state.timers = timers }
                return state.isStopped ? timers : []
            }
            for id in ended { loop.cancel(id) }
        default: break
        }
    }

    private func update(_ change: (inout BrowserState) -> [BrowserState.Action]) {
        let (wakeups, hosts) = state.withLock { state -> (Events.Wakeups, [(name: String, host: String)]) in
            guard !state.isStopped else { return (Events.Wakeups(), []) }
            let hosts = change(&state.browse).compactMap { perform($0, &state) }
            return (state.queue.deliver(), hosts)
        }
        wakeups.resume()
        for (name, host) in hosts { lookUp(host, of: name) }
    }

    /// Under the lock: only asks the loop, which answers later. Returns a host whose addresses are
    /// to be looked up.
    private func perform(_ action: BrowserState.Action, _ state: inout State) -> (name: String, host: String)? {
        switch action {
        case .emit(let event): state.queue.buffer.add(event)
        case .stopResolving(let name):
            if let id = state.resolvers.removeValue(forKey: name) { DiscoveryLoop.shared.cancel(id) }
        case .resolve(let name, let domain):
            let request = DNSServiceRequest.resolve(name: name, type: type, domain: domain)
            state.resolvers[name] = DiscoveryLoop.shared.start(request) { [weak self] reply in
                self?.receive(reply, of: name)
            }
        case .lookUp(let name, let host): return (name, host)
        }
        return nil
    }

    private func lookUp(_ host: String, of name: String) {
        let resolver = names
        Task { [weak self] in
            let addresses = (try? await resolver.resolve(host)) ?? []
            self?.update { $0.lookedUp(name: name, host: host, addresses: addresses) }
        }
    }

    private func receive(_ reply: DNSServiceReply, of name: String) {
        switch reply {
        case .resolved(let host, let port, let txt):
            let entries = TXTRecord.decode(txt.span)
            update { $0.resolved(name: name, host: host, port: port, txt: entries) }
            let excess = state.withLock { state in
                state.resolvers.count > Self.maximumOpenResolvers ? state.resolvers.removeValue(forKey: name) : nil
            }
            if let excess { DiscoveryLoop.shared.cancel(excess) }
        case .failed(let error):
            configuration.logger.debug("a service could not be resolved", metadata: ["error": "\(error)"])
        default: break
        }
    }
}
