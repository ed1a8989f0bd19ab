internal import NetworkLoop
internal import TransportTypes

// TURN: libnice talks to the servers; which servers, and over what, is decided here.
extension ICEAgent {
    func resolveRelays(for gatherer: Gatherer) {
        for entry in servers where entry.url.scheme.isRelay { resolveRelay(entry, for: gatherer) }
    }

    private func resolveRelay(_ entry: ServerEntry, for gatherer: Gatherer) {
        resolve(entry, for: gatherer) { [weak self] addresses in
            guard let self, let native = gathering else { return }
            // One address of each family: which of them reaches the server, the allocation will
            // show.
            var isAdded = false
            for isIPv6 in [false, true] where configuration.includesIPv6 || !isIPv6 {
                guard let address = addresses.first(where: { $0.isIPv6 == isIPv6 }) else { continue }
                let server = TransportAddress(address: address, port: entry.url.port)
                guard let relay = relay(entry, at: server, for: gatherer), native.addRelay(relay) else { continue }
                isAdded = true
                gatherer.relaysAsked.append((server, entry))
                if gatheringState == .gathering { gatherer.isNativeDone = false }
            }
            if !isAdded { report(entry, addresses.isEmpty ? "the name has no address" : "no usable address") }
        }
    }

    /// nil when the tunnel for a server over TLS cannot be made.
    private func relay(
        _ entry: ServerEntry, at server: TransportAddress, for gatherer: Gatherer
    ) -> NativeAgent.Relay? {
        guard entry.url.scheme.isSecure else { return NativeAgent.Relay(entry: entry, server: server, tunnel: nil) }
        guard let context = configuration.tlsRoots.context else { return nil }
        let tunnel = TLSTunnel(loop: loop, server: server, host: entry.url.host, context: context) {
            [weak self, weak gatherer] reason in
            guard let self, let gatherer, gatherer === self.gatherer, gatheringState == .gathering,
                let place = gatherer.relaysAsked.firstIndex(where: {
                    $0.entry.text == entry.text && $0.server == server
                })
            else { return }
            gatherer.relaysAsked.remove(at: place)
            report(entry, reason)
            stopWaitingForRelays(gatherer)
        }
        return tunnel.map { NativeAgent.Relay(entry: entry, server: server, tunnel: $0) }
    }

    /// libnice asks a server whose connection has ended until its time is up; no need to wait if
    /// there is no other.
    private func stopWaitingForRelays(_ gatherer: Gatherer) {
        guard gatherer.relaysAsked.isEmpty else { return }
        gatherer.isNativeDone = true
        askRelays()
        finishGatheringIfIdle()
    }

    /// Gathering is over: the servers that have given nothing.
    func reportSilentRelays(of gatherer: Gatherer) {
        let relayed = localCandidates.filter { $0.kind == .relayed }
        // One whose server is not known may be from any of them.
        guard relayed.allSatisfy({ $0.url != nil }) else { return }
        for (server, entry) in gatherer.relaysAsked where !relayed.contains(where: { $0.url == entry.text }) {
            report(entry, "\(server): no allocation: unreachable, or it refused the credentials")
        }
    }

    /// Whether a STUN server is a TURN server too.
    func isRelayServer(_ entry: ServerEntry, _ server: TransportAddress, _ gatherer: Gatherer) -> Bool {
        let relays = servers.filter { $0.url.scheme == .turn }
        return relays.contains { $0.url.port == entry.url.port && $0.url.host == entry.url.host }
            || gatherer.relaysAsked.contains { $0.entry.url.scheme == .turn && $0.server == server }
    }

    /// The candidate with the name of its server, as far as that is known: libnice does not tell
    /// it.
    func identified(_ candidate: ICECandidate, by agent: NativeAgent) -> ICECandidate {
        guard candidate.kind == .relayed else { return candidate }
        var candidate = candidate
        let address = TransportAddress(candidate.address, port: candidate.port)
        if let address, let relay = agent.relays.first(where: { $0.tunnel?.allocations.contains(address) == true }) {
            candidate.url = relay.entry.text
            candidate.relayProtocol = .tls
            return candidate
        }
        // The type preference is 30 where libnice talks UDP to the server.
        let isUDP = candidate.priority >> 24 == 30
        candidate.relayProtocol = isUDP ? .udp : .tcp
        let possible = agent.relays.filter { $0.tunnel == nil && ($0.entry.url.transport == .udp) == isUDP }
        if Set(possible.map(\.entry.text)).count == 1 {
            candidate.url = possible.first?.entry.text
        } else {
            // Most servers relay on the address that they listen on.
            let same = Set(possible.filter { $0.server.address == address?.address }.map(\.entry.text))
            if same.count == 1 { candidate.url = same.first }
        }
        return candidate
    }
}
