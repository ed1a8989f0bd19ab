internal import NetworkLoop
internal import TransportTypes

extension ICEAgent: NativeAgentEvents {
    func nativeAgent(_ agent: NativeAgent, didGather candidate: NativeCandidate.Gathered) {
        if agent === gathering { offer(shown(candidate.candidate, by: agent)) }
    }

    func nativeAgentDidFinishGathering(_ agent: NativeAgent) {
        guard agent === gathering else { return }
        gatherer?.isNativeDone = true
        askRelays()
        finishGatheringIfIdle()
    }

    func nativeAgent(_ agent: NativeAgent, didChange state: NativeAgent.State) {
        // What libnice says of a pair that is taken into use again is no news.
        if isResuming { return }
        let isResumed = state == .failed && agent.hasSelected && resume(agent)
        guard agent === native else {
            // Where we ask for consent ourselves, libnice's opinion of the pair is none.
            if agent === predecessor, state == .failed, consent == nil { dropPredecessor() }
            return
        }
        if !settles(state, isResumed) { status.apply(state) }
        refresh()
    }

    func nativeAgent(_ agent: NativeAgent, didSelect local: ICECandidate, remote: ICECandidate) {
        if isResuming || agent !== native { return }
        if keepsFirstPair, agent.hasSelected, agent.role == .controlling, path != nil, status.isSelected { return }
        agent.hasSelected = true
        // libnice calls the address peer-reflexive that a STUN server, or the configuration, has
        // told us.
        let known = localCandidates.first {
            local.kind == .peerReflexive && $0.address == local.address && $0.port == local.port
        }
        let shown = known ?? self.shown(local, by: agent)
        selectedPair = (shown, remote)
        status.select()
        leavePredecessor()
        if local.transport == .udp, local.kind != .relayed, let descriptor = native?.selectedDescriptor(),
            let peer = TransportAddress(remote.address, port: remote.port)
        {
            use(UDPPath(descriptor: descriptor, peer: peer), to: peer)
        } else {
            use(nil)
        }
        // What had come on the pair before was handed over now, and may have been the end.
        guard agent === native else { return }
        delegate?.path(didSelect: shown, remote: remote)
        refresh()
        startConsent()
    }

    func nativeAgentDidHearCheck(_ agent: NativeAgent) {
        if agent === native { refuseOldChecks() }
        delegate?.pathDidHearCheck()
    }

    func nativeAgent(_ agent: NativeAgent, didReceive datagram: Span<UInt8>) {
        receive(datagram, segmentSize: datagram.count)
    }
}
