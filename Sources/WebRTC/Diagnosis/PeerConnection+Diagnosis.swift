internal import AsyncQueues
internal import ICE

extension PeerConnection {
    /// Why it does not connect, or where it stands: made anew with each call, from what is known at that moment. Of several
    /// transports the one is told of that is worst off.
    public var diagnosis: ConnectionDiagnosis {
        let all = transports.map { transport in
            let mids = negotiation.mids(on: transport.id)
            return facts(of: transport).diagnosis.naming(transports.count > 1 ? mids : [])
        }
        return all.first { $0.verdict == .bad } ?? all.first { $0.verdict == .waiting } ?? all.first
            ?? facts(of: nil).diagnosis
    }

    private func facts(of transport: ConnectionTransport?) -> ConnectionFacts {
        let stack = transport?.stack
        var facts = ConnectionFacts()
        facts.isClosed = snapshot.read(\.isClosed)
        facts.hasLocalDescription = negotiation.local != nil
        facts.hasRemoteDescription = negotiation.remote != nil
        facts.isRefused = negotiation.signalingState == .stable && transport == nil
        facts.isGathering = stack?.isGathering ?? false
        facts.localCandidates = stack?.ice?.localCandidates ?? []
        facts.remoteCandidates = transport?.ice.remoteCandidates ?? []
        facts.hasRemoteEnded = stack?.hasEndOfCandidates ?? false
        facts.isRelayOnly = configuration.iceTransportPolicy == .relay
        facts.relays = configuration.iceServers.flatMap(\.urls).filter { $0.lowercased().hasPrefix("turn") }
        facts.serverErrors = serverErrors
        facts.ice = transport?.ice.state ?? .new
        facts.hadPair = (transport?.selectedPairChanges ?? 0) > 0
        facts.dtls = stack?.dtlsState ?? .new
        facts.dtlsError = transport?.dtlsError
        if transport === dataTransport {
            facts.sctp = sctpTransport?.state ?? .connecting
            facts.sctpError = data?.sctpError
            facts.untakenChannels = untaken.notes
            facts.unreadChannels = data?.unreadChannels ?? []
            facts.isWindowClosed = port.unread.isFull
        }
        return facts
    }

    /// Keeps what a server has said, for as long as it concerns the present gathering.
    func keep(_ error: ICECandidateError) {
        if serverErrors.count < 32 { serverErrors.append(error) }
        snapshot.candidateErrors.send(error)
    }
}
