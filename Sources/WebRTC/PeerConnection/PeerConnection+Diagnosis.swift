internal import AsyncQueues
internal import ICE
internal import JSEP
internal import NetworkLoop
internal import Synchronization
internal import TransportTypes

extension PeerConnection {
    /// Why it does not connect, or where it stands: made anew with each call, from what is known at
    /// that moment; from any thread, without waiting. Of several transports the one is told of that
    /// is worst off.
    public nonisolated var diagnosis: ConnectionDiagnosis {
        let values = snapshot.values.withLock { $0 }
        return values.diagnosis(
            unreadChannels: port.unreadChannels, isWindowClosed: port.unread.isFull, now: loop.now)
    }
}

extension ConnectionSnapshot {
    /// Takes what the diagnosis tells of the configuration.
    func update(servers configuration: PeerConnection.Configuration) {
        values.withLock { values in
            values.servers.isRelayOnly = configuration.iceTransportPolicy == .relay
            values.servers.relays = configuration.iceServers.flatMap(\.urls).filter {
                $0.lowercased().hasPrefix("turn")
            }
        }
    }

    /// Keeps what a server has said, for as long as it concerns the present gathering, and tells of
    /// it.
    func keep(_ error: ICECandidateError) {
        values.withLock { if $0.servers.errors.count < 32 { $0.servers.errors.append(error) } }
        candidateErrors.send(error)
    }

    /// What the diagnosis tells of channels that nobody has taken.
    func note(untakenChannels: [String]) {
        values.withLock { $0.untakenChannels = untakenChannels }
    }

    /// What the diagnosis tells of an offer that is to be made.
    func note(isOfferNeeded: Bool) {
        values.withLock { $0.isOfferNeeded = isOfferNeeded }
    }

    /// Another gathering begins.
    func forgetServerErrors() {
        values.withLock { $0.servers.errors = [] }
    }
}

extension ConnectionSnapshot.Values {
    func diagnosis(unreadChannels: [String], isWindowClosed: Bool, now: Duration) -> ConnectionDiagnosis {
        let refused = signaling == .stable ? descriptions.refusedSections : []
        func facts(of transport: DTLSTransport?) -> ConnectionFacts {
            var facts = self.facts(of: transport)
            facts.now = now
            if transport === transports.first { facts.refusedSections = refused }
            guard facts.sctp != nil else { return facts }
            facts.unreadChannels = unreadChannels
            facts.isWindowClosed = isWindowClosed
            return facts
        }
        let all = zip(transports, mids).map { transport, mids in
            facts(of: transport).diagnosis.naming(transports.count > 1 ? mids : [])
        }
        // A transport that is not up counts for more than media on one that is.
        let (up, down) = (all.filter(\.isUp), all.filter { !$0.isUp })
        let worst =
            down.first { $0.verdict == .bad } ?? down.first ?? up.first { $0.verdict == .bad }
            ?? up.first { $0.verdict == .waiting } ?? up.first ?? facts(of: nil).diagnosis
        return isOfferNeeded && signaling == .stable ? worst.lackingOffer : worst
    }

    private func facts(of transport: DTLSTransport?) -> ConnectionFacts {
        let ice = transport?.iceTransport.all ?? ICETransport.Values()
        var facts = ConnectionFacts()
        facts.isClosed = isClosed
        facts.hasLocalDescription = descriptions.local != nil
        facts.hasRemoteDescription = descriptions.remote != nil
        facts.hasAnswered = descriptions.local?.type == .answer
        facts.isRefused = signaling == .stable && transport == nil
        facts.isGathering = transport != nil && ice.gatheringState != .complete
        // Those of the present generation: a restart has credentials of its own.
        let fragment = ice.localCandidates.last?.usernameFragment
        facts.localCandidates = ice.localCandidates.filter { $0.usernameFragment == fragment }
        facts.remoteCandidates = ice.remoteCandidates
        facts.hasRemoteEnded = ice.hasRemoteEnded
        facts.isRelayOnly = servers.isRelayOnly
        facts.relays = servers.relays
        facts.serverErrors = servers.errors
        facts.ice = ice.state
        facts.hadPair = ice.hadPair
        facts.hasHeardCheck = ice.hasHeardCheck
        facts.isPeerLite = ice.isPeerLite
        facts.dtls = transport?.state ?? .new
        facts.dtlsError = transport?.error
        facts.media = transport?.media
        if let sctp, let transport, sctp.transport === transport {
            facts.sctp = sctp.state
            facts.sctpError = sctp.error
            facts.untakenChannels = untakenChannels
        }
        return facts
    }
}

extension ConnectionDiagnosis {
    /// Whether all that the steps ask for is there, however it may be with what flows.
    fileprivate var isUp: Bool { step == .srtp || step == .media || step == .connected }
}
