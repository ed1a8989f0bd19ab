internal import NetworkLoop

extension ICEAgent {
    /// Watches for silence from here on: on UDP, where nothing else tells that the peer has gone.
    func startWatching() {
        guard native != nil, configuration.consentFreshness, configuration.udpCandidates else { return }
        guard selectedPair?.local.transport == .udp else {
            watchTimer?.cancel()
            return
        }
        watchedDescriptors = native?.socketDescriptors().filter { TransportAddress(boundTo: $0) != nil } ?? []
        watch = SilenceWatch(expiry: UInt64(configuration.consentExpiry / .nanoseconds(1)), now: NetworkLoop.now)
        look()
    }

    private func look() {
        guard let native, var watch else { return }
        watchTimer?.cancel()
        let verdict = watch.look(watchedDescriptors.map(UDPPath.lastArrival), now: NetworkLoop.now)
        self.watch = watch
        switch verdict {
        case .heard:
            status.isSilent = false
            // What has arrived need not be an answer to a check: libnice asks again at once, and stops again if not.
            // The pair is selected anew by that, which starts a new watch.
            if status.isConsentLost, native.resumeSelectedPair() { return }
        case .quiet: break
        case .silent: status.isSilent = true
        case .expired: if status.isConsentLost { status.apply(.failed) }
        }
        refresh()
        guard self.native != nil, state != .failed else { return }
        watchTimer = loop.schedule(after: SilenceWatch.interval) { [weak self] in self?.look() }
    }
}
