internal import Synchronization

/// Resolves `.local` names to addresses: through the mDNS daemon, or, when none runs, by asking the link itself.
///
/// Callers that ask for the same name share one lookup, and an answer is kept for a few seconds. May be used from any
/// thread.
public final class LocalNameResolver: Sendable {
    /// One resolver for the process, so that its cache is shared.
    public static let shared = LocalNameResolver()

    private typealias Answer = Result<[String], DiscoveryError>

    private struct Waiter {
        let continuation: CheckedContinuation<Answer, Never>
        let timer: DiscoveryLoop.ID
    }

    private struct Lookup {
        var waiters: [UInt64: Waiter] = [:]
        var addresses: [[UInt8]: UInt32] = [:]  // and the interface each came from
        var requests: [DiscoveryLoop.ID] = []
        var query: MulticastQuery?
        var isStarted = false
        var isSettling = false
        var failure: DiscoveryError?
    }

    private struct CachedAnswer {
        let addresses: [String]
        let expiry: UInt64
    }

    private struct State {
        var lookups: [String: Lookup] = [:]
        var queue: [String] = []
        var cache: [String: CachedAnswer] = [:]
        var lastWaiter: UInt64 = 0
        var running = 0
    }

    private let state = Mutex(State())
    private let maximumConcurrency: Int
    private let maximumWaiters = 1024
    private let maximumCached = 1024
    private let cacheLifetime: Duration
    private let usesDaemon: Bool

    /// A resolver with its own cache.
    ///
    /// - Parameters:
    ///   - maximumConcurrency: how many names are looked up at a time, at least 1; more wait.
    ///   - cacheLifetime: how long an answer is given again without asking.
    ///   - usesDaemon: whether the mDNS daemon is asked first.
    public init(maximumConcurrency: Int = 16, cacheLifetime: Duration = .seconds(5), usesDaemon: Bool = true) {
        self.maximumConcurrency = max(1, maximumConcurrency)
        self.cacheLifetime = cacheLifetime
        self.usesDaemon = usesDaemon
    }

    /// The addresses of a host under `.local`, as text: IPv4 first, link-local IPv6 last and with its zone.
    ///
    /// - Parameters:
    ///   - name: a host name that ends in `.local`, in any case, with or without a final dot.
    ///   - timeout: how long to wait for the first answer.
    /// - Returns: at least one address.
    /// - Throws: `.invalidArgument` for another name, `.notFound` when nobody answers in time, `.busy` when more than
    ///   1024 callers wait, `.cancelled` when the task is cancelled.
    public func resolve(_ name: String, timeout: Duration = .seconds(3)) async throws(DiscoveryError) -> [String] {
        let name = try ServiceName.canonicalLocalName(name)
        let id = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        let answer = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Answer, Never>) in
                if let answer = register(id, name: name, timeout: timeout, continuation) {
                    continuation.resume(returning: answer)
                } else if Task.isCancelled {
                    end(
                        id, name: name, with: DiscoveryError(.cancelled, "the task that resolves \(name) was cancelled")
                    )
                }
            }
        } onCancel: {
            end(id, name: name, with: DiscoveryError(.cancelled, "the task that resolves \(name) was cancelled"))
        }
        return try answer.get()
    }

    /// An answer if one is known at once, nil if the continuation now waits.
    private func register(
        _ id: UInt64, name: String, timeout: Duration, _ continuation: CheckedContinuation<Answer, Never>
    ) -> Answer? {
        state.withLock { state in
            if let cached = state.cache[name] {
                if cached.expiry > DiscoveryLoop.now { return .success(cached.addresses) }
                state.cache[name] = nil
            }
            guard state.lookups.values.reduce(0, { $0 + $1.waiters.count }) < maximumWaiters else {
                return .failure(
                    DiscoveryError(.busy, "\(maximumWaiters) callers already wait for .local names; try again later"))
            }
            let timer = DiscoveryLoop.shared.schedule(after: timeout) { [weak self] in
                self?.expire(id, name: name, after: timeout)
            }
            let isNew = state.lookups[name] == nil
            state.lookups[name, default: Lookup()].waiters[id] = Waiter(continuation: continuation, timer: timer)
            if isNew { state.queue.append(name) }
            startNext(&state)
            return nil
        }
    }

    private func startNext(_ state: inout State) {
        while state.running < maximumConcurrency, !state.queue.isEmpty {
            let name = state.queue.removeFirst()
            guard state.lookups[name] != nil else { continue }
            state.running += 1
            state.lookups[name]?.isStarted = true
            if usesDaemon {
                state.lookups[name]?.requests = [MDNSMessage.typeA, MDNSMessage.typeAAAA].map { type in
                    DiscoveryLoop.shared.start(.query(name: name, type: type)) { [weak self] reply in
                        self?.receive(reply, for: name)
                    }
                }
            } else {
                askTheLink(for: name, &state)
            }
        }
    }

    private func receive(_ reply: DNSServiceReply, for name: String) {
        switch reply {
        case .record(added: true, let data, let interface): add(data, interface: interface, to: name)
        case .failed: state.withLock { askTheLink(for: name, &$0) }
        default: break
        }
    }

    private func askTheLink(for name: String, _ state: inout State) {
        guard let lookup = state.lookups[name], lookup.query == nil, lookup.addresses.isEmpty else { return }
        let query = MulticastQuery(name: name) { [weak self] address in self?.add(address, interface: 0, to: name) }
        do throws(DiscoveryError) {
            try query.start()
            state.lookups[name]?.query = query
        } catch {
            state.lookups[name]?.failure = error  // the waiters get it when their time is up
        }
    }

    private func add(_ address: [UInt8], interface: UInt32, to name: String) {
        let mustSettle = state.withLock { state in
            guard let lookup = state.lookups[name], lookup.addresses.count < 64 else { return false }
            state.lookups[name]?.addresses[address] = interface
            state.lookups[name]?.isSettling = true
            return !lookup.isSettling
        }
        // The other family's answer, if there is one, comes with this one or right behind it.
        guard mustSettle else { return }
        _ = DiscoveryLoop.shared.schedule(after: .milliseconds(20)) { [weak self] in self?.finish(name) }
    }

    private func finish(_ name: String) {
        let (waiters, addresses) = state.withLock { state -> ([Waiter], [String]) in
            guard let lookup = state.lookups.removeValue(forKey: name) else { return ([], []) }
            release(lookup, &state)
            let addresses = Self.ordered(lookup.addresses)
            if state.cache.count >= maximumCached { state.cache.removeAll() }
            state.cache[name] = CachedAnswer(
                addresses: addresses, expiry: DiscoveryLoop.now &+ cacheLifetime.clampedNanoseconds)
            return (Array(lookup.waiters.values), addresses)
        }
        for waiter in waiters {
            DiscoveryLoop.shared.cancel(waiter.timer)
            waiter.continuation.resume(returning: .success(addresses))
        }
    }

    private func expire(_ id: UInt64, name: String, after timeout: Duration) {
        let failure = state.withLock { $0.lookups[name]?.failure }
        end(id, name: name, with: failure ?? DiscoveryError(.notFound, "nobody answered for \(name) in \(timeout)"))
    }

    private func end(_ id: UInt64, name: String, with error: DiscoveryError) {
        let waiter = state.withLock { state -> Waiter? in
            guard let waiter = state.lookups[name]?.waiters.removeValue(forKey: id) else { return nil }
            if let lookup = state.lookups[name], lookup.waiters.isEmpty {
                state.lookups[name] = nil
                state.queue.removeAll { $0 == name }
                release(lookup, &state)
            }
            return waiter
        }
        guard let waiter else { return }
        DiscoveryLoop.shared.cancel(waiter.timer)
        waiter.continuation.resume(returning: .failure(error))
    }

    private func release(_ lookup: Lookup, _ state: inout State) {
        for request in lookup.requests { DiscoveryLoop.shared.cancel(request) }
        lookup.query?.stop()
        guard lookup.isStarted else { return }
        state.running -= 1
        startNext(&state)
    }

    private static func ordered(_ addresses: [[UInt8]: UInt32]) -> [String] {
        func rank(_ address: [UInt8]) -> Int { address.count == 4 ? 0 : AddressText.isLinkLocal(address) ? 2 : 1 }
        return addresses.sorted { left, right in
            let ranks = (rank(left.key), rank(right.key))
            return ranks.0 == ranks.1 ? left.key.lexicographicallyPrecedes(right.key) : ranks.0 < ranks.1
        }.compactMap { AddressText.text($0.key, interface: $0.value) }
    }
}
