internal import DTLS
internal import ICE
internal import JSEP
internal import Logging
internal import NetworkLoop
internal import TransportTypes

// Below: finding a way to the peer.
extension ConnectionTransport {
    /// Takes the credentials of a new description. The ones in use stay until the peer has agreed
    /// (RFC 9429 §4.1.10), for it goes on with them; only the candidates are told anew.
    func announce(_ credentials: ICECredentials) {
        guard credentials != localCredentials else { return }
        localCredentials = credentials
        // A restart that is taken back while it gathers: the rest of the candidates is still
        // missing.
        if credentials == activeCredentials, path?.gatheringState != .gathering { path?.withdrawAnnouncement() }
        tellsAgain = credentials != activeCredentials && path?.announcedUsernameFragment == credentials.usernameFragment
    }

    /// Takes the servers and the policy of the configuration for the next gathering.
    func setServers(of configuration: ICEConfiguration) throws(WebRTCError) {
        do throws(ICEError) {
            try path?.setServers(configuration.servers, transportPolicy: configuration.transportPolicy)
        } catch {
            throw WebRTCError(.operation, "setConfiguration: \(error)")
        }
    }

    /// Whether candidates may still come for the newest description.
    var isGathering: Bool { needsGathering || path?.gatheringState == .gathering }

    /// Whether ``gather(restartRole:)`` has something to do.
    var needsGathering: Bool {
        guard let path else { return false }
        return tellsAgain || path.gatheringState == .new
            || path.announcedUsernameFragment != localCredentials.usernameFragment
    }

    /// Gathers for the first time, or anew for the credentials that were announced, whose restart
    /// leads to this role.
    func gather(restartRole: ICERole?) {
        guard let path else { return }
        do throws(ICEError) {
            if path.gatheringState == .new { try path.gather() }
            if tellsAgain {
                tellAgain()
            } else if needsGathering {
                try path.gather(for: localCredentials, role: restartRole)
            }
        } catch {
            logger?.warning("gathering failed", metadata: ["error": "\(error)"])
            tell(.gatheringFinished(usernameFragment: localCredentials.usernameFragment))
        }
    }

    /// Tells what was gathered already for credentials that are announced anew.
    private func tellAgain() {
        tellsAgain = false
        let usernameFragment = localCredentials.usernameFragment
        guard let path, path.announcedUsernameFragment == usernameFragment else { return }
        for candidate in path.localCandidates { tell(.candidate(candidate, usernameFragment: usernameFragment)) }
        if path.gatheringState == .complete { tell(.gatheringFinished(usernameFragment: usernameFragment)) }
    }

    /// Starts, or goes on with, what both descriptions say. Repeating it is harmless.
    func apply(_ agreement: TransportAgreement, of plan: SessionPlan) {
        let isAnotherPeer = isAnotherPeer(agreement.remote)
        if isAnotherPeer { leavePeer() }
        dataSession?.willConnect(isDTLSClient: agreement.role == .client)
        do throws(ICEError) {
            try connect(
                agreement, restartRole: isAnotherPeer ? plan.initialRole : plan.restartRole,
                keepsFirstPair: plan.quirks.keepsFirstPair)
        } catch {
            logger?.error("the transport cannot start", metadata: ["error": "\(error)"])
            tell(.failed(WebRTCError(.operation, "ICE cannot start: \(error)")))
        }
        ice.update { values in
            values.role = path?.role
            values.hasRemoteEnded = hasEndOfCandidates
            values.isPeerLite = agreement.remote.isICELite
        }
    }

    private func connect(
        _ agreement: TransportAgreement, restartRole: ICERole?, keepsFirstPair: Bool
    ) throws(ICEError) {
        guard let path else { return }
        let (local, remote) = (agreement.local.credentials, agreement.remote)
        if local != activeCredentials {
            dataSession?.iceDidRestart()
            try path.restart(credentials: local, gathers: false)
            if let restartRole { path.role = restartRole }
            activeCredentials = local
            remoteCredentials = nil
        }
        path.keepsFirstPair = keepsFirstPair
        if remoteCredentials != remote.credentials {
            // A lite peer never nominates (RFC 8445 §6.1.1).
            if remote.isICELite { path.role = .controlling }
            remoteCredentials = remote.credentials
            knownCandidates = []
            ice.update { $0.remoteCandidates = [] }
            hasEndOfCandidates = false
            try path.setRemoteCredentials(remote.credentials)
        }
        for line in remote.candidates { add(candidateLine: line) }
        if remote.hasEndOfCandidates, !hasEndOfCandidates { endRemoteCandidates() }
        expectPeer(remote.fingerprints, role: agreement.role)
    }

    /// Adds one remote candidate; a line that was added before is ignored, and so is one that
    /// nobody understands: it costs the others of its description nothing. A `.local` name is
    /// resolved first (RFC 8828).
    private func add(candidateLine line: String) {
        // More than ICE takes are not even read: an offer may have thousands for one transport.
        guard path != nil, remoteCredentials != nil, knownCandidates.count < ICEAgent.maximumRemoteCandidates,
            knownCandidates.insert(line).inserted
        else { return }
        do throws(ICEError) {
            let candidate = try ICECandidate(parsing: line)
            ice.update { $0.remoteCandidates.append(candidate) }
            candidate.hasLocalName ? resolve(candidate) : add(candidate)
        } catch {
            logger?.debug("remote candidate ignored", metadata: ["error": "\(error)"])
        }
    }

    /// The peer has no more candidates; waits for names that are still being resolved.
    private func endRemoteCandidates() {
        hasEndOfCandidates = true
        if pendingNames == 0 { path?.remoteCandidatesEnded() }
    }

    private func add(_ candidate: ICECandidate) {
        do throws(ICEError) {
            try path?.addRemoteCandidate(candidate)
        } catch {
            logger?.debug("remote candidate ignored", metadata: ["error": "\(error)"])
        }
    }

    /// Asks the connection for the addresses behind a `.local` name; ``resolved(_:addresses:for:)``
    /// is the answer.
    private func resolve(_ candidate: ICECandidate) {
        guard let remoteCredentials else { return }
        pendingNames += 1
        tell(.needsAddress(candidate, remoteCredentials))
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
        if hasEndOfCandidates, pendingNames == 0 { path?.remoteCandidatesEnded() }
    }
}

extension ConnectionTransport: PathDelegate {
    func path(didGather candidate: ICECandidate) {
        tell(
            .candidate(
                candidate, usernameFragment: candidate.usernameFragment ?? localCredentials.usernameFragment))
    }

    func pathDidFinishGathering() {
        tell(.gatheringFinished(usernameFragment: path?.announcedUsernameFragment ?? localCredentials.usernameFragment))
    }

    func path(didChange state: ICETransportState) {
        startHandshakeIfReady()
        logger?.debug("ICE state", metadata: ["state": "\(state)", "transport": "\(id)"])
        showICEState()
        tell(.stateChanged)
        dataSession?.iceDidChange(state)
    }

    func path(didSelect local: ICECandidate, remote: ICECandidate) {
        waitsForPair = false
        startHandshakeIfReady()
        selectedPairChanges += 1
        ice.select(ICECandidatePair(local: local, remote: remote))
        dataSession?.pathDidChange()
    }

    func pathDidHearCheck() { ice.update { $0.hasHeardCheck = true } }

    func path(didFail error: ICECandidateError) {
        tell(.candidateFailed(error))
    }

    func path(didReceive datagrams: Span<UInt8>, segmentSize: Int) {
        receive(datagrams, segmentSize: segmentSize)
    }
}
