internal import NetworkLoop
package import TransportTypes

extension ICEAgent {
    /// The gathering of one generation: what is still awaited.
    final class Gatherer {
        let reflexive: ReflexiveGathering
        var timer: LoopTimer?
        /// Names being looked up, and one for the start itself: libnice may be done before
        /// everybody has been asked.
        var resolving = 1
        var isNativeDone = false
        /// TURN servers that libnice was told of, by URL and address, and about which nothing was
        /// reported yet.
        var relaysAsked: [(server: TransportAddress, entry: ServerEntry)] = []
        /// STUN servers that are TURN servers too, and are asked here only if libnice gets nothing
        /// from them.
        var postponed: [(server: TransportAddress, entry: ServerEntry)] = []

        init(reflexive: ReflexiveGathering) { self.reflexive = reflexive }

        func close() {
            timer?.cancel()
            reflexive.close()
        }
    }

    /// Starts gathering. Host candidates are reported before this returns, the others as their
    /// servers answer.
    ///
    /// - Throws: `ICEError.Code.invalidState` when closed or already gathering.
    package func gather() throws(ICEError) {
        let native = try open()
        guard gatheringState == .new else { throw ICEError(.invalidState, "gather() is called once; use restart()") }
        for interface in usableInterfaces(among: NetworkInterface.recent()) {
            native.addLocalAddress(interface.address)
        }
        announcedUsernameFragment = localCredentials?.usernameFragment
        startGathering()
    }

    /// Gathers anew for a restart that is to come: candidates are told with the username fragment
    /// of its credentials, and nothing else changes, so that checks and data go on until the peer
    /// has agreed and ``restart(credentials:)`` is called.
    ///
    /// - Parameter role: the role after the restart, from the peer's first check on, which may come
    ///   before its answer: nil for the one that this end has, which a restart does not change (RFC
    ///   8445 §6.1.1).
    /// - Throws: `ICEError.Code.invalidState` when closed or when gathering has
    ///   never begun.
    package func gather(for credentials: ICECredentials, role: ICERole? = nil) throws(ICEError) {
        let native = try open()
        guard gatheringState != .new else { throw ICEError(.invalidState, "gather(for:) comes after gather()") }
        if native.localCredentials() == credentials { dropSuccessor() } else { try makeSuccessor(credentials) }
        if let role { successor?.role = role }
        announcedUsernameFragment = credentials.usernameFragment
        startGathering()
    }

    /// The restart that ``gather(for:)`` was called for does not come: what was gathered belongs to
    /// the present generation.
    package func withdrawAnnouncement() {
        guard let usernameFragment = localCredentials?.usernameFragment else { return }
        announcedUsernameFragment = usernameFragment
        if let native, withdrawSuccessor() {
            localCandidates = native.localCandidates().map { shown($0.candidate, by: native) }
        }
        for index in localCandidates.indices { localCandidates[index].setUsernameFragment(usernameFragment) }
    }

    func startGathering() {
        guard let native = gathering else { return }
        let wasDone = gatheringState != .gathering || gatherer?.isNativeDone == true
        gatherer?.close()
        gatheringState = .gathering
        localCandidates = []
        // A generation that is only announced has no say in the state of the one in use.
        if announcedUsernameFragment == localCredentials?.usernameFragment { status.isGathered = false }
        let gatherer = makeGatherer()
        self.gatherer = gatherer
        gatherer.timer = loop.schedule(after: configuration.gatheringTimeout) { [weak self] in self?.finishGathering() }

        // Servers known by address are told to libnice first, so that it starts with them.
        var isReady = true
        if native.hasGathered {
            gatherer.isNativeDone = wasDone
            for known in native.localCandidates() { offer(shown(known.candidate, by: native)) }
        } else {
            applyUpcoming()
            native.setRelayOnly(configuration.transportPolicy == .relay)
            resolveRelays(for: gatherer)
            isReady = !native.localAddresses.isEmpty && native.gather()
            applySocketOptions(native)
            if !isReady { gatherer.isNativeDone = true }
        }
        if isReady, configuration.transportPolicy == .all, configuration.udpCandidates {
            for entry in servers where !entry.url.scheme.isRelay { resolveReflexive(entry, for: gatherer) }
        }
        gatherer.resolving -= 1
        finishGatheringIfIdle()
    }

    /// The interfaces that the configuration admits, without IPv6 link-local addresses, which mean
    /// nothing to a peer.
    func usableInterfaces(among interfaces: [NetworkInterface] = NetworkInterface.all()) -> [NetworkInterface] {
        interfaces.filter { interface in
            (configuration.includesLoopback || !interface.isLoopback)
                && (configuration.includesIPv6 || !interface.address.isIPv6) && !interface.address.isIPv6LinkLocal
                && (configuration.interfaceFilter?(interface) ?? true)
        }
    }

    private func makeGatherer() -> Gatherer {
        Gatherer(
            reflexive: ReflexiveGathering(
                loop: loop, pacing: configuration.checkInterval,
                onCandidate: { [weak self] candidate in self?.offer(candidate) },
                onError: { [weak self] error in
                    guard let self else { return }
                    delegate?.path(didFail: error)
                },
                onIdle: { [weak self] in self?.finishGatheringIfIdle() }))
    }

    // MARK: - Servers

    /// Calls `body` with the server's addresses, at once if the URL holds one.
    func resolve(_ entry: ServerEntry, for gatherer: Gatherer, _ body: @escaping ([IPAddress]) -> Void) {
        if let address = IPAddress(entry.url.host) { return body([address]) }
        gatherer.resolving += 1
        resolver.lookUp(entry.url.host) { [weak self, weak gatherer] addresses in
            guard let self, let gatherer, gatherer === self.gatherer, gatheringState == .gathering else { return }
            gatherer.resolving -= 1
            body(addresses)
            finishGatheringIfIdle()
        }
    }

    private func resolveReflexive(_ entry: ServerEntry, for gatherer: Gatherer) {
        resolve(entry, for: gatherer) { [weak self, weak gatherer] addresses in
            guard let self, let gatherer, let native = gathering else { return }
            if addresses.isEmpty { report(entry, "the name has no address") }
            for isIPv6 in [false, true] {
                guard let address = addresses.first(where: { $0.isIPv6 == isIPv6 }) else { continue }
                let server = TransportAddress(address: address, port: entry.url.port)
                // libnice talks to that server from the same sockets: the allocation tells the
                // mapped address too, and its answers must not go astray.
                if isRelayServer(entry, server, gatherer), !gatherer.isNativeDone {
                    gatherer.postponed.append((server, entry))
                } else {
                    ask(server, entry, gatherer, native)
                }
            }
        }
    }

    private func ask(_ server: TransportAddress, _ entry: ServerEntry, _ gatherer: Gatherer, _ native: NativeAgent) {
        for base in reflexiveBases(native) where base.address.address.isIPv6 == server.address.isIPv6 {
            gatherer.reflexive.ask(server, url: entry.text, from: base)
        }
    }

    /// libnice is done: asks the servers that were left to it and gave it nothing.
    func askRelays() {
        guard let gatherer, let native = gathering, gatheringState == .gathering else { return }
        let postponed = gatherer.postponed
        gatherer.postponed = []
        // With an allocation, what comes from the server belongs to libnice.
        guard !localCandidates.contains(where: { $0.kind == .relayed }) else { return }
        for (server, entry) in postponed { ask(server, entry, gatherer, native) }
    }

    /// The UDP sockets that a server can be asked from. A loopback address has no mapping
    /// elsewhere.
    private func reflexiveBases(_ native: NativeAgent) -> [ReflexiveGathering.Base] {
        let hosts = native.localCandidates().filter { $0.candidate.kind == .host && $0.candidate.transport == .udp }
        return native.socketDescriptors().compactMap { descriptor in
            guard let address = TransportAddress(boundTo: descriptor),
                let host = hosts.first(where: { $0.base == address })
            else { return nil }
            let preference = host.candidate.priority >> 8 & 0xFFFF
            return ReflexiveGathering.Base(descriptor: descriptor, address: address, localPreference: preference)
        }
    }

    func report(_ entry: ServerEntry, _ text: String) {
        let error = ICECandidateError(
            address: nil, port: nil, url: entry.text, errorCode: ICECandidateError.unreachable,
            errorText: text)
        delegate?.path(didFail: error)
    }

    private func applySocketOptions(_ native: NativeAgent) {
        for descriptor in native.socketDescriptors() {
            UDPPath.setBuffers(descriptor, bytes: configuration.socketBufferBytes)
        }
    }

    // MARK: - Candidates

    /// A candidate of libnice as the peer and the application get it.
    func shown(_ candidate: ICECandidate, by agent: NativeAgent) -> ICECandidate {
        var candidate = identified(candidate, by: agent)
        if candidate.kind == .host, let local = IPAddress(candidate.address), let outside = externalAddresses[local] {
            candidate.address = "\(outside)"
        }
        return candidate
    }

    func offer(_ found: ICECandidate) {
        var candidate = found
        guard gatheringState == .gathering, candidate.kind != .peerReflexive else { return }
        guard configuration.transportPolicy == .all || candidate.kind == .relayed else { return }
        if configuration.transportPolicy == .relay { candidate.hideRelated() }
        if let announcedUsernameFragment { candidate.setUsernameFragment(announcedUsernameFragment) }
        // The same address and base twice is redundant (RFC 8445 §5.1.3): what a server tells may
        // be in the configuration already.
        let isKnown = localCandidates.contains { known in
            if candidate.kind == .serverReflexive, known.kind == .host, !externalAddresses.isEmpty {
                return known.address == candidate.address && known.port == candidate.port
                    && known.transport == candidate.transport
            }
            return
                known.address == candidate.address && known.port == candidate.port
                && known.transport == candidate.transport && known.tcpType == candidate.tcpType
                && known.relatedAddress == candidate.relatedAddress
                && known.relatedPort == candidate.relatedPort
        }
        guard !isKnown else { return }
        localCandidates.append(candidate)
        delegate?.path(didGather: candidate)
    }

    func finishGatheringIfIdle() {
        guard let gatherer, gatherer.isNativeDone, gatherer.resolving == 0, gatherer.reflexive.isIdle else { return }
        finishGathering()
    }

    private func finishGathering() {
        guard gatheringState == .gathering, let gatherer else { return }
        gatherer.close()
        reportSilentRelays(of: gatherer)
        guard native != nil else { return }
        gatheringState = .complete
        status.isGathered = true
        status.hasCandidates = !localCandidates.isEmpty
        delegate?.pathDidFinishGathering()
        refresh()
    }
}
