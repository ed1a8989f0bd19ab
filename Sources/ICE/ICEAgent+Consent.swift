internal import NetworkLoop
internal import TransportTypes

extension ICEAgent {
    /// Asks for consent on the selected pair from here on (RFC 7675).
    func startConsent() {
        stopConsent()
        guard configuration.consentFreshness, status.isSelected, let path, let pairSocket, let selectedPair,
            let remoteCredentials, let localCredentials
        else { return }
        let check = ConnectivityCheck(
            local: localCredentials, remote: remoteCredentials,
            priority: 110 << 24 | selectedPair.local.priority & 0xFF_FFFF, role: role)
        consent = PairConsent(
            loop: loop, path: path, socket: pairSocket, check: check, expiry: configuration.consentExpiry,
            onVerdict: { [weak self] in self?.consentIs($0) })
    }

    /// See ``Path/heardPeer()``.
    package func heardPeer() { consent?.hear() }

    func stopConsent() {
        consent?.close()
        consent = nil
        renewalTimer?.cancel()
        renewal = ConsentRenewal()
    }

    private func consentIs(_ verdict: Consent.Verdict) {
        switch verdict {
        case .fresh: status.isSilent = false
        case .silent: status.isSilent = true
        case .expired:
            status.expire()
            stopConsent()
        }
        refresh()
    }

    /// libnice says something of the pair in use that is not its to say; true if that is all there
    /// is to it.
    ///
    /// It has not had an answer for 10 s, which one lost check can bring about, and never comes
    /// back to the pair by itself.
    ///
    /// - Parameter isResumed: whether it has taken the pair into use again.
    func settles(_ state: NativeAgent.State, _ isResumed: Bool) -> Bool {
        guard configuration.consentFreshness, status.isSelected, !status.isRestarting else { return false }
        if let consent {
            if state == .failed { consent.ask() }
            return true
        }
        guard isResumed, renewal.begin(now: loop.now) else { return false }
        status.isSilent = true
        renewalTimer?.cancel()
        renewalTimer = loop.schedule(after: ConsentRenewal.period) { [weak self] in
            self?.status.isSilent = false
            self?.refresh()
        }
        return true
    }

    /// Has libnice take the selected pair into use again, which makes it ask for consent.
    ///
    /// Whatever becomes of the pair: a component that has failed is not left so. If a check is
    /// still on its way then, and is answered late, as by a peer that was asleep for a while, an
    /// assertion of libnice ends the process: the pair is nominated already, and from failed
    /// nothing may become connected.
    ///
    /// - Returns: false if it cannot.
    func resume(_ agent: NativeAgent) -> Bool {
        isResuming = true
        defer { isResuming = false }
        return agent.resumeSelectedPair()
    }
}
