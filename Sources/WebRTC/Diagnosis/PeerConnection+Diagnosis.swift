internal import ICE

extension PeerConnection {
    /// Why it does not connect, or where it stands: made anew with each call, from what is known at that moment.
    public var diagnosis: ConnectionDiagnosis { facts.diagnosis }

    private var facts: ConnectionFacts {
        var facts = ConnectionFacts()
        facts.isClosed = snapshot.read(\.isClosed)
        facts.hasLocalDescription = negotiation.local != nil
        facts.hasRemoteDescription = negotiation.remote != nil
        facts.isRefused = negotiation.signalingState == .stable && negotiation.remoteTransport == nil
        facts.isGathering = stack?.isGathering ?? false
        facts.localCandidates = stack?.ice?.localCandidates ?? []
        facts.remoteCandidates = iceTransport?.remoteCandidates ?? []
        facts.hasRemoteEnded = stack?.hasEndOfCandidates ?? false
        facts.isRelayOnly = configuration.iceTransportPolicy == .relay
        facts.relays = configuration.iceServers.flatMap(\.urls).filter { $0.lowercased().hasPrefix("turn") }
        facts.serverErrors = serverErrors
        facts.ice = iceTransport?.state ?? .new
        facts.hadPair = selectedPairChanges > 0
        facts.dtls = stack?.dtlsState ?? .new
        facts.dtlsError = dtlsError
        facts.sctp = sctpTransport?.state ?? .connecting
        facts.sctpError = data?.ending
        return facts
    }

    /// Keeps what a server has said, for as long as it concerns the present gathering.
    func keep(_ error: ICECandidateError) {
        if serverErrors.count < 32 { serverErrors.append(error) }
        snapshot.candidateErrors.send(error)
    }
}
