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

    /// libnice has not had an answer for 10 s, which one lost check can bring about. While the peer is heard, consent is
    /// asked for anew before it expires, and nobody above hears of it.
    func consentIsDue() {
        look(resumes: false)
        guard status.isUsable, !status.isSilent, watch != nil, renewal.begin(now: NetworkLoop.now), resume() else {
            if status.isUsable { status.loseConsent() }
            lostConsentAt = NetworkLoop.now
            return
        }
    }

    /// A nominating check of the peer makes libnice call a pair ready whose consent it holds for lost, and leave it so.
    func peerIsBack() {
        look(resumes: true)
    }

    /// Has libnice take the selected pair into use again, which makes it ask for consent. False if it cannot.
    private func resume() -> Bool {
        guard let native else { return false }
        isResuming = true
        defer { isResuming = false }
        guard native.resumeSelectedPair() else { return false }
        status.regainConsent()
        return true
    }

    private func look(resumes: Bool = true) {
        guard native != nil, var watch else { return }
        watchTimer?.cancel()
        let now = NetworkLoop.now
        let verdict = watch.look(watchedDescriptors.map(UDPPath.lastArrival), now: now)
        self.watch = watch
        switch verdict {
        case .heard:
            status.isSilent = false
            // What has arrived need not be an answer to a check: libnice asks again at once, and stops again if not.
            if resumes, status.isConsentLost, !resume(), now &- lostConsentAt >= watch.expiry {
                status.expire()
            }
        case .quiet: break
        case .silent: status.isSilent = true
        case .expired: status.expire()
        }
        if resumes { refresh() }
        guard self.native != nil, state != .failed else { return }
        watchTimer = loop.schedule(after: SilenceWatch.delay(at: now)) { [weak self] in self?.look() }
    }
}
