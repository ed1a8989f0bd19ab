internal import Logging
public import MulticastDNS
internal import Synchronization

/// Announces a service on the link through the mDNS daemon, and to this machine's programs through
/// the registry.
///
/// A daemon that is missing, or breaks off, is looked for again until ``stop()``. When another
/// service of the type has the name, a number is added: read ``name`` after ``start()``. May be
/// used from any thread.
public final class ServiceAdvertisement: Sendable {
    private enum Phase {
        case idle
        case started
        case stopped
    }

    private struct State {
        var phase = Phase.idle
        var name: String
        var conflicts = 0
        var txt: [String: String]
        var publication: LocalRegistry.Publication?
        var request: DiscoveryLoop.ID?
        var retry: DiscoveryLoop.ID?
        var isOnLink = false
        var lastError: DiscoveryError?
        var starting: CheckedContinuation<Void, Never>?
    }

    /// The service type, for example `_meshchat._tcp`.
    public let type: String
    /// The announced port, in host order.
    public let port: UInt16
    private let configuration: DiscoveryConfiguration
    private let requestedName: String
    private static let maximumConflicts = 100
    private let state: Mutex<State>

    /// Prepares an announcement; nothing is sent before ``start()``.
    ///
    /// - Parameters:
    ///   - name: 1 to 63 bytes without control characters.
    ///   - type: a service type such as `_meshchat._tcp`.
    ///   - port: the port of the service, not 0.
    ///   - txt: keys of printable ASCII without `=`; key and value at most 254 bytes together (RFC
    ///     6763 §6).
    ///   - configuration: whether to use the daemon, and what to do without it.
    /// - Throws: `.invalidArgument` when one of them is not so.
    public init(
        name: String, type: String, port: UInt16, txt: [String: String] = [:],
        configuration: DiscoveryConfiguration = .init()
    ) throws(DiscoveryError) {
        try ServiceName.validate(instance: name)
        try ServiceName.validate(type: type)
        _ = try TXTRecord.encode(txt)
        guard port != 0 else { throw DiscoveryError(.invalidArgument, "port 0 cannot be announced") }
        self.type = type
        self.port = port
        self.configuration = configuration
        requestedName = name
        state = Mutex(State(name: name, txt: txt))
    }

    deinit { _ = release() }

    /// The name under which the service is announced.
    public var name: String { state.withLock { $0.name } }

    /// Where the service is announced: nil before ``start()`` and after ``stop()``.
    public var source: DiscoverySource? {
        state.withLock { $0.phase != .started ? nil : $0.isOnLink ? .daemon : $0.publication == nil ? nil : .registry }
    }

    /// Why the service is not on the link, if it is not: for example that no daemon runs.
    public var daemonError: DiscoveryError? { state.withLock { $0.isOnLink ? nil : $0.lastError } }

    /// Announces the service. Returns when the daemon has announced it, or is known to be missing
    /// and the registry has it, or after three seconds. Does nothing when it is announced already.
    ///
    /// - Throws: `.stopped` after ``stop()``; the daemon's error when there is no registry to fall
    ///   back to.
    public func start() async throws(DiscoveryError) {
        let phase = state.withLock { state in
            defer { if state.phase == .idle { state.phase = .started } }
            return state.phase
        }
        switch phase {
        case .started: return
        case .stopped: throw DiscoveryError(.stopped, "the advertisement was stopped; make another one")
        case .idle: break
        }
        do throws(DiscoveryError) {
            try publishToRegistry()
            guard configuration.usesDaemon else { return }
            await withCheckedContinuation { continuation in
                state.withLock { $0.starting = continuation }
                DiscoveryLoop.shared.execute { [self] in register() }
                // A daemon that probes for longer, or has no interface to announce on, goes on
                // without being waited for.
                _ = DiscoveryLoop.shared.schedule(after: .seconds(3)) { [weak self] in self?.endStarting() }
            }
            if let error = daemonError, state.withLock({ $0.publication == nil }) { throw error }
        } catch {
            await stop()
            throw error
        }
    }

    /// Replaces the TXT record; browsers see a change.
    ///
    /// - Throws: `.invalidArgument` for an entry that a TXT record cannot hold.
    public func update(txt: [String: String]) throws(DiscoveryError) {
        let bytes = try TXTRecord.encode(txt)
        let (publication, request) = state.withLock { state in
            state.txt = txt
            return (state.publication, state.request)
        }
        try publication?.update(txt: txt)
        if let request { DiscoveryLoop.shared.updateTXT(of: request, bytes) }
    }

    /// Takes the announcement back; returns when the daemon and the registry no longer have it. May
    /// be called again.
    public func stop() async {
        let request = release()
        guard let request else { return }
        await withCheckedContinuation { continuation in
            DiscoveryLoop.shared.cancel(request) { continuation.resume() }
        }
    }

    /// Everything but the wait for the daemon's request, which is returned and already being
    /// cancelled.
    private func release() -> DiscoveryLoop.ID? {
        let old = state.withLock { state in
            defer {
                state.phase = .stopped
                state.isOnLink = false
                (state.publication, state.request, state.retry, state.starting) = (nil, nil, nil, nil)
            }
            return (state.publication, state.request, state.retry, state.starting)
        }
        old.0?.withdraw()
        if let request = old.1 { DiscoveryLoop.shared.cancel(request) }
        if let retry = old.2 { DiscoveryLoop.shared.cancel(retry) }
        old.3?.resume()
        return old.1
    }

    private func publishToRegistry() throws(DiscoveryError) {
        guard let registry = try configuration.makeRegistry() else { return }
        let (name, txt) = state.withLock { ($0.name, $0.txt) }
        do throws(DiscoveryError) {
            let publication = try registry.publish(name: name, type: type, port: port, txt: txt)
            state.withLock { state in
                state.publication = publication
                state.name = publication.name
            }
        } catch {
            guard configuration.usesDaemon else { throw error }
            configuration.logger.warning("not announced in the registry", metadata: ["error": "\(error)"])
        }
    }

    /// On the loop's thread, so that the request is noted before its first reply.
    private func register() {
        let (name, txt, phase) = state.withLock { ($0.name, $0.txt, $0.phase) }
        guard phase == .started, let bytes = try? TXTRecord.encode(txt) else { return }
        let request = DNSServiceRequest.register(name: name, type: type, port: port, txt: bytes)
        let id = DiscoveryLoop.shared.start(request) { [weak self] reply in self?.receive(reply) }
        let isStopped = state.withLock { state in
            if state.phase == .started { state.request = id }
            return state.phase != .started
        }
        if isStopped { DiscoveryLoop.shared.cancel(id) }
    }

    private func receive(_ reply: DNSServiceReply) {
        switch reply {
        case .registered(let name):
            let publication = state.withLock { state -> LocalRegistry.Publication? in
                guard state.phase == .started else { return nil }
                (state.name, state.isOnLink, state.lastError) = (name, true, nil)
                return state.publication
            }
            try? publication?.update(name: name)
        case .failed(let error) where error.code == .nameConflict:
            // The daemon renames on conflicts with other hosts; one with a program of this host it
            // leaves to us.
            let mayRetry = state.withLock { state in
                state.conflicts += 1
                state.request = nil
                state.name = ServiceName.alternative(to: requestedName, attempt: state.conflicts + 1)
                return state.conflicts < Self.maximumConflicts
            }
            if mayRetry { return register() }
            fail(error)
        case .failed(let error): fail(error)
        default: return
        }
        endStarting()
    }

    private func endStarting() {
        let starting = state.withLock { state in
            defer { state.starting = nil }
            return state.starting
        }
        starting?.resume()
    }

    private func fail(_ error: DiscoveryError) {
        configuration.logger.debug("not announced on the link for now", metadata: ["error": "\(error)"])
        state.withLock { state in
            (state.isOnLink, state.lastError, state.request) = (false, error, nil)
            guard state.phase == .started else { return }
            state.retry = DiscoveryLoop.shared.schedule(after: configuration.daemonRetryInterval) { [weak self] in
                self?.register()
            }
        }
    }
}
