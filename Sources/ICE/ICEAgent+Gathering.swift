internal import NetworkLoop

extension ICEAgent {
    /// The gathering of one generation: what is still awaited.
    final class Gatherer {
        let reflexive: ReflexiveGathering
        var timer: LoopTimer?
        var resolving = 0
        var isNativeDone = false

        init(reflexive: ReflexiveGathering) { self.reflexive = reflexive }

        func close() {
            timer?.cancel()
            reflexive.close()
        }
    }

    /// Starts gathering. Host candidates are reported before this returns, the others as their servers answer.
    ///
    /// - Throws: ``ICEError/Code-swift.struct/invalidState`` when closed or already gathering.
    package func gather() throws(ICEError) {
        let native = try open()
        guard gatheringState == .new else { throw ICEError(.invalidState, "gather() is called once; use restart()") }
        for interface in usableInterfaces() { native.addLocalAddress(interface.address) }
        startGathering(native)
    }

    func startGathering(_ native: NativeAgent) {
        let isRestart = gatheringState != .new
        let wasDone = gatheringState != .gathering || gatherer?.isNativeDone == true
        gatherer?.close()
        gatheringState = .gathering
        localCandidates = []
        status.isGathered = false
        let gatherer = makeGatherer()
        self.gatherer = gatherer
        let timeout = UInt64(configuration.gatheringTimeout / .nanoseconds(1))
        gatherer.timer = loop.schedule(after: timeout) { [weak self] in self?.finishGathering() }

        // Servers known by address are told to libnice first, so that it starts with them.
        var isReady = true
        if isRestart {
            gatherer.isNativeDone = wasDone
            for (candidate, base) in native.localCandidates() { offer(candidate, base: base) }
        } else {
            for entry in servers where entry.url.scheme.isRelay { resolveRelay(entry, for: gatherer) }
            isReady = !usableInterfaces().isEmpty && native.gather()
            applySocketOptions(native)
            if !isReady { gatherer.isNativeDone = true }
        }
        if isReady, configuration.transportPolicy == .all, configuration.udpCandidates {
            for entry in servers where !entry.url.scheme.isRelay { resolveReflexive(entry, for: gatherer) }
        }
        finishGatheringIfIdle()
    }

    /// The interfaces that the configuration admits, without IPv6 link-local addresses, which mean nothing to a peer.
    private func usableInterfaces() -> [NetworkInterface] {
        NetworkInterface.all().filter { interface in
            (configuration.includesLoopback || !interface.isLoopback)
                && (configuration.includesIPv6 || !interface.address.isIPv6) && !interface.address.isIPv6LinkLocal
                && (configuration.interfaceFilter?(interface) ?? true)
        }
    }

    private func makeGatherer() -> Gatherer {
        Gatherer(
            reflexive: ReflexiveGathering(
                loop: loop, pacing: UInt64(configuration.checkInterval / .nanoseconds(1)),
                onCandidate: { [weak self] candidate, base in self?.offerReflexive(candidate, base: base) },
                onError: { [weak self] error in
                    guard let self else { return }
                    delegate?.iceAgent(self, didFail: error)
                },
                onIdle: { [weak self] in self?.finishGatheringIfIdle() }))
    }

    // MARK: - Servers

    /// Calls `body` with the server's addresses, at once if the URL holds one.
    private func resolve(_ entry: ServerEntry, for gatherer: Gatherer, _ body: @escaping ([IPAddress]) -> Void) {
        if let address = IPAddress(entry.url.host) { return body([address]) }
        gatherer.resolving += 1
        resolver.lookUp(entry.url.host) { [weak self, weak gatherer] addresses in
            guard let self, let gatherer, gatherer === self.gatherer, gatheringState == .gathering else { return }
            gatherer.resolving -= 1
            body(addresses)
            finishGatheringIfIdle()
        }
    }

    private func resolveRelay(_ entry: ServerEntry, for gatherer: Gatherer) {
        resolve(entry, for: gatherer) { [weak self] addresses in
            guard let self, let native else { return }
            // One address of each family: which of them reaches the server, the allocation will show.
            var isAdded = false
            for isIPv6 in [false, true] where configuration.includesIPv6 || !isIPv6 {
                guard let address = addresses.first(where: { $0.isIPv6 == isIPv6 }) else { continue }
                let server = TransportAddress(address: address, port: entry.url.port)
                if native.addRelay(
                    server, username: entry.username, password: entry.credential, isTCP: entry.url.transport == .tcp)
                {
                    isAdded = true
                    if gatheringState == .gathering { gatherer.isNativeDone = false }
                }
            }
            if !isAdded { report(entry, addresses.isEmpty ? "the name has no address" : "no usable address") }
        }
    }

    private func resolveReflexive(_ entry: ServerEntry, for gatherer: Gatherer) {
        resolve(entry, for: gatherer) { [weak self, weak gatherer] addresses in
            guard let self, let gatherer, let native else { return }
            if addresses.isEmpty { report(entry, "the name has no address") }
            let bases = reflexiveBases(native)
            for isIPv6 in [false, true] {
                guard let address = addresses.first(where: { $0.isIPv6 == isIPv6 }) else { continue }
                let server = TransportAddress(address: address, port: entry.url.port)
                // libnice talks to that server itself: the allocation tells the mapped address too.
                if isRelayServer(server) { continue }
                for base in bases where base.address.address.isIPv6 == isIPv6 {
                    gatherer.reflexive.ask(server, url: entry.text, from: base)
                }
            }
        }
    }

    private func isRelayServer(_ server: TransportAddress) -> Bool {
        servers.contains { entry in
            entry.url.scheme.isRelay && entry.url.transport == .udp && entry.url.port == server.port
                && IPAddress(entry.url.host) == server.address
        }
    }

    /// The UDP sockets that a server can be asked from. A loopback address has no mapping elsewhere.
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

    private func report(_ entry: ServerEntry, _ text: String) {
        let error = ICECandidateError(
            address: nil, port: nil, url: entry.text, code: ICECandidateError.unreachable, text: text)
        delegate?.iceAgent(self, didFail: error)
    }

    private func applySocketOptions(_ native: NativeAgent) {
        for descriptor in native.socketDescriptors() {
            UDPPath.setBuffers(descriptor, bytes: configuration.socketBufferBytes)
        }
    }

    // MARK: - Candidates

    func offer(_ candidate: ICECandidate, base: TransportAddress) {
        guard gatheringState == .gathering, candidate.kind != .peerReflexive else { return }
        guard configuration.transportPolicy == .all || candidate.kind == .relayed else { return }
        // The same address and base twice is redundant (RFC 8445 §5.1.3).
        let isKnown = localCandidates.contains { known in
            known.address == candidate.address && known.port == candidate.port && known.transport == candidate.transport
                && known.tcpType == candidate.tcpType && known.relatedAddress == candidate.relatedAddress
                && known.relatedPort == candidate.relatedPort
        }
        guard !isKnown else { return }
        localCandidates.append(candidate)
        delegate?.iceAgent(self, didGather: candidate)
    }

    private func offerReflexive(_ candidate: ICECandidate, base: TransportAddress) {
        var candidate = candidate
        if let fragment = localCredentials?.usernameFragment {
            candidate.attributes.append(.init(name: "ufrag", value: fragment))
        }
        offer(candidate, base: base)
    }

    func finishGatheringIfIdle() {
        guard let gatherer, gatherer.isNativeDone, gatherer.resolving == 0, gatherer.reflexive.isIdle else { return }
        finishGathering()
    }

    private func finishGathering() {
        guard gatheringState == .gathering, let gatherer else { return }
        gatherer.close()
        gatheringState = .complete
        status.isGathered = true
        delegate?.iceAgentDidFinishGathering(self)
        refresh()
    }
}
