internal import DTLS
internal import ICE
internal import Logging
internal import NetworkLoop

// Below: finding a way to the peer.
extension TransportStack {
    /// What both sides have agreed on.
    struct Agreement {
        var local: ICECredentials
        var remote: TransportDescription
        /// Our part in DTLS.
        var role: DTLSRole
        /// This side's part in ICE after a restart; nil for the one that it has.
        var restartRole: ICERole?
        /// Whether the peer takes the first pair that is nominated for the last.
        var keepsFirstPair: Bool
    }

    /// Takes the credentials of a new description. The ones in use stay until the peer has agreed (RFC 9429 §4.1.10), for it
    /// goes on with them; only the candidates are told anew.
    func announce(_ credentials: ICECredentials) {
        localCredentials = credentials
        // A restart that is taken back while it gathers: the rest of the candidates is still missing.
        if credentials == activeCredentials, ice?.gatheringState != .gathering { ice?.withdrawAnnouncement() }
    }

    /// Whether candidates may still come for the newest description.
    var isGathering: Bool { needsGathering || ice?.gatheringState == .gathering }

    /// Whether ``gather()`` has something to do.
    var needsGathering: Bool {
        guard let ice else { return false }
        return ice.gatheringState == .new || ice.announcedUsernameFragment != localCredentials.usernameFragment
    }

    /// Gathers for the first time, or anew for the credentials that were announced, whose restart leads to this role.
    func gather(restartRole: ICERole?) {
        guard let ice else { return }
        do throws(ICEError) {
            if ice.gatheringState == .new { try ice.gather() }
            if needsGathering { try ice.gather(for: localCredentials, role: restartRole) }
        } catch {
            logger?.warning("gathering failed", metadata: ["error": "\(error)"])
            onEvent?(.gatheringFinished(ufrag: localCredentials.usernameFragment))
        }
    }

    /// Starts, or goes on with, what both descriptions say. Repeating it is harmless.
    func apply(_ agreement: Agreement) throws(ICEError) {
        guard let ice else { return }
        if agreement.local != activeCredentials {
            try ice.restart(credentials: agreement.local, gathers: false)
            if let role = agreement.restartRole { ice.role = role }
            activeCredentials = agreement.local
            remoteCredentials = nil
        }
        ice.keepsFirstPair = agreement.keepsFirstPair
        if remoteCredentials != agreement.remote.credentials {
            // A lite peer never nominates (RFC 8445 §6.1.1).
            if agreement.remote.isICELite { ice.role = .controlling }
            remoteCredentials = agreement.remote.credentials
            knownCandidates = []
            hasEndOfCandidates = false
            try ice.setRemoteCredentials(agreement.remote.credentials)
        }
        for line in agreement.remote.candidates { add(candidateLine: line) }
        if agreement.remote.hasEndOfCandidates, !hasEndOfCandidates { endRemoteCandidates() }
        expectPeer(agreement.remote.fingerprints, role: agreement.role)
    }

    /// Adds one remote candidate; a line that was added before is ignored, and so is one that nobody understands: it costs
    /// the others of its description nothing. A `.local` name is resolved first (RFC 8828).
    private func add(candidateLine line: String) {
        guard ice != nil, remoteCredentials != nil, knownCandidates.insert(line).inserted else { return }
        do throws(ICEError) {
            let candidate = try ICECandidate(parsing: line)
            candidate.hasLocalName ? resolve(candidate) : add(candidate)
        } catch {
            logger?.debug("remote candidate ignored", metadata: ["error": "\(error)"])
        }
    }

    /// The peer has no more candidates; waits for names that are still being resolved.
    private func endRemoteCandidates() {
        hasEndOfCandidates = true
        if pendingNames == 0 { ice?.remoteCandidatesEnded() }
    }

    private func add(_ candidate: ICECandidate) {
        do throws(ICEError) {
            try ice?.addRemoteCandidate(candidate)
        } catch {
            logger?.debug("remote candidate ignored", metadata: ["error": "\(error)"])
        }
    }

    /// Asks the connection for the addresses behind a `.local` name; ``resolved(_:addresses:for:)`` is the answer.
    private func resolve(_ candidate: ICECandidate) {
        guard let remoteCredentials else { return }
        pendingNames += 1
        onEvent?(.needsAddress(candidate, remoteCredentials))
    }

    /// The addresses of a candidate's name; none if it cannot be resolved.
    func resolved(_ candidate: ICECandidate, addresses: [String], for credentials: ICECredentials) {
        pendingNames -= 1
        if credentials == remoteCredentials {
            for address in addresses {
                var resolved = candidate
                resolved.address = address
                add(resolved)
            }
        }
        if hasEndOfCandidates, pendingNames == 0 { ice?.remoteCandidatesEnded() }
    }
}

extension TransportStack: ICEAgentDelegate {
    func iceAgent(_ agent: ICEAgent, didGather candidate: ICECandidate) {
        onEvent?(.candidate(candidate, ufrag: candidate.usernameFragment ?? localCredentials.usernameFragment))
    }

    func iceAgentDidFinishGathering(_ agent: ICEAgent) {
        onEvent?(.gatheringFinished(ufrag: agent.announcedUsernameFragment ?? localCredentials.usernameFragment))
    }

    func iceAgent(_ agent: ICEAgent, didChangeState state: ICETransportState) {
        startHandshakeIfReady()
        onEvent?(.iceState(state))
    }

    func iceAgent(_ agent: ICEAgent, didSelect local: ICECandidate, remote: ICECandidate) {
        waitsForPair = false
        startHandshakeIfReady()
        onEvent?(.selectedPair)
    }

    func iceAgent(_ agent: ICEAgent, didFail error: ICECandidateError) {
        onEvent?(.candidateFailed(error))
    }

    func iceAgent(_ agent: ICEAgent, didReceive datagram: Span<UInt8>) {
        receive(datagram)
    }
}
