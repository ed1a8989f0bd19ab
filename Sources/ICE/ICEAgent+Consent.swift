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
    func settles(_ state: NativeAgent.State) -> Bool {
        guard configuration.consentFreshness, status.isSelected, !status.isRestarting else { return false }
        if let consent {
            if state == .failed { consent.ask() }
            return true
        }
        guard state == .failed, renewal.begin(now: loop.now), resume() else { return false }
        status.isSilent = true
        renewalTimer?.cancel()
        renewalTimer = loop.schedule(after: ConsentRenewal.period) { [weak self] in
            self?.status.isSilent = false
            self?.refresh()
        }
        return true
    }

    /// Has libnice take the selected pair into use again, which makes it ask for consent. False if
    /// it cannot.
    private func resume() -> Bool {
        guard let native else { return false }
        isResuming = true
        defer { isResuming = false }
        return native.resumeSelectedPair()
    }
}
