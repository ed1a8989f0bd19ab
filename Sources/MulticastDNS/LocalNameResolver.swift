public import TransportTypes
internal import Synchronization

/// What a daemon says of a name.
package enum LocalNameAnswer: Sendable {
    /// 4 or 16 bytes, and the interface that they came from.
    case address([UInt8], interface: UInt32)
    /// The daemon does not answer, or is not there.
    case failed
}

/// An mDNS daemon, which knows names, too.
package protocol LocalNameDaemon: Sendable {
    /// Asks for both families; the answers come on the discovery loop until all of the requests are
    /// cancelled.
    func ask(for name: String, _ answer: @escaping @Sendable (LocalNameAnswer) -> Void) -> [DiscoveryLoop.ID]
}

/// Resolves `.local` names to addresses by asking the link itself (RFC 6762 §5.1), or a daemon
/// first.
///
/// Callers that ask for the same name share one lookup, and an answer is kept for a few seconds.
/// Names are asked for by turns of those who want them, a few of each at a time: see
/// ``NameRequester``. May be used from any thread.
public final class LocalNameResolver: Sendable {
    /// One that needs no daemon; one for the process, so that its cache is shared.
    public static let link = LocalNameResolver()

    private typealias Answer = Result<[String], DiscoveryError>

    private struct Waiter {
        let continuation: CheckedContinuation<Answer, Never>
        let requester: NameRequester
        let timeout: Duration
        /// Runs from when the name is asked for.
        var timer: DiscoveryLoop.ID?
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
        var queue: NameQueue
        var cache: [String: CachedAnswer] = [:]
        var lastWaiter: UInt64 = 0
    }

    private let state: Mutex<State>
    private let maximumWaiters = 1024
    private let maximumCached = 1024
    private let cacheLifetime: Duration
    private let daemon: (any LocalNameDaemon)?

    /// A resolver with its own cache, which asks the link.
    ///
    /// - Parameters:
    ///   - maximumConcurrency: how many names are looked up at a time, at least 1; more wait. Who
    ///     has none of his own looked up waits only when there are four times as many.
    ///   - cacheLifetime: how long an answer is given again without asking.
    public convenience init(maximumConcurrency: Int = 16, cacheLifetime: Duration = .seconds(5)) {
        self.init(maximumConcurrency: maximumConcurrency, cacheLifetime: cacheLifetime, daemon: nil)
    }

    /// - Parameter daemon: who is asked first.
    package init(
        maximumConcurrency: Int = 16, cacheLifetime: Duration = .seconds(5), daemon: (any LocalNameDaemon)?
    ) {
        state = Mutex(State(queue: NameQueue(maximumConcurrency: maximumConcurrency)))
        self.cacheLifetime = cacheLifetime
        self.daemon = daemon
    }

    /// The addresses of a host under `.local`, as text: IPv4 first, link-local IPv6 last and with
    /// its zone.
    ///
    /// - Parameters:
    ///   - name: a host name that ends in `.local`, in any case, with or without a final dot.
    ///   - requester: for whom; nil for nobody in particular.
    ///   - timeout: how long to wait for the first answer, once the link is asked: names wait for
    ///     their turn before.
    /// - Returns: at least one address.
    /// - Throws: `.invalidArgument` for another name, `.notFound` when nobody answers in time,
    ///   `.busy` when 32 names of the requester, or 1024 callers, wait, `.cancelled` when the task
    ///   is cancelled.
    public func resolve(
        _ name: String, for requester: NameRequester? = nil, timeout: Duration = .seconds(3)
    ) async throws(DiscoveryError) -> [String] {
        let name = try LocalName.canonical(name)
        let id = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        let answer = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Answer, Never>) in
                let waiter = Waiter(
                    continuation: continuation, requester: requester ?? .anybody, timeout: timeout)
                if let answer = register(id, name: name, waiter) {
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

    /// An answer if one is known at once, nil if the waiter now waits.
    private func register(_ id: UInt64, name: String, _ waiter: Waiter) -> Answer? {
        state.withLock { state in
            if let cached = state.cache[name] {
                if cached.expiry > DiscoveryLoop.now { return .success(cached.addresses) }
                state.cache[name] = nil
            }
            guard hasRoom(for: waiter.requester, name: name, state) else {
                return .failure(DiscoveryError(.busy, "too many callers wait for .local names; try again later"))
            }
            state.lookups[name, default: Lookup()].waiters[id] = waiter
            if state.lookups[name]?.isStarted == true {
                startTimer(of: id, name: name, &state)
            } else {
                state.queue.add(name, for: waiter.requester)
                startNext(&state)
            }
            return nil
        }
    }

    /// Whether another may wait: of all, and of those of the requester, who may want one name for
    /// many candidates.
    private func hasRoom(for requester: NameRequester, name: String, _ state: borrowing State) -> Bool {
        var (all, own) = (0, 0)
        for lookup in state.lookups.values {
            all += lookup.waiters.count
            if requester.isLimited { own += lookup.waiters.values.count { $0.requester == requester } }
        }
        return all < maximumWaiters && own < 4 * NameQueue.waitingEach
            && (state.lookups[name] != nil || state.queue.hasRoom(for: requester))
    }

    private func startTimer(of id: UInt64, name: String, _ state: inout State) {
        guard let timeout = state.lookups[name]?.waiters[id]?.timeout else { return }
        state.lookups[name]?.waiters[id]?.timer = DiscoveryLoop.shared.schedule(after: timeout) { [weak self] in
            self?.expire(id, name: name, after: timeout)
        }
    }

    private func startNext(_ state: inout State) {
        while let name = state.queue.next() {
            guard let lookup = state.lookups[name] else {
                state.queue.remove(name)
                continue
            }
            for id in lookup.waiters.keys { startTimer(of: id, name: name, &state) }
            state.lookups[name]?.isStarted = true
            if let daemon {
                state.lookups[name]?.requests = daemon.ask(for: name) { [weak self] in self?.receive($0, for: name) }
            } else {
                askTheLink(for: name, &state)
            }
        }
    }

    private func receive(_ answer: LocalNameAnswer, for name: String) {
        switch answer {
        case .address(let bytes, let interface): add(bytes, interface: interface, to: name)
        case .failed: state.withLock { askTheLink(for: name, &$0) }
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
            release(lookup, name, &state)
            let addresses = Self.ordered(lookup.addresses)
            if state.cache.count >= maximumCached { state.cache.removeAll() }
            state.cache[name] = CachedAnswer(
                addresses: addresses, expiry: DiscoveryLoop.now &+ cacheLifetime.clampedNanoseconds)
            return (Array(lookup.waiters.values), addresses)
        }
        for waiter in waiters {
            if let timer = waiter.timer { DiscoveryLoop.shared.cancel(timer) }
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
                release(lookup, name, &state)
            }
            return waiter
        }
        guard let waiter else { return }
        if let timer = waiter.timer { DiscoveryLoop.shared.cancel(timer) }
        waiter.continuation.resume(returning: .failure(error))
    }

    private func release(_ lookup: Lookup, _ name: String, _ state: inout State) {
        for request in lookup.requests { DiscoveryLoop.shared.cancel(request) }
        lookup.query?.stop()
        state.queue.remove(name)
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

extension LocalNameResolver: LocalNameResolving {
    /// ``resolve(_:for:timeout:)`` with its usual time.
    public func addresses(of name: String, for requester: NameRequester) async throws -> [String] {
        try await resolve(name, for: requester)
    }
}
