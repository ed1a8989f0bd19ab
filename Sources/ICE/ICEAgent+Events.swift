internal import NetworkLoop

extension ICEAgent: NativeAgentEvents {
    func nativeAgent(_ agent: NativeAgent, didGather candidate: NativeCandidate.Gathered) {
        if agent === gathering { offer(identified(candidate.candidate, by: agent)) }
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
        guard agent === native else {
            if agent === predecessor, state == .failed { dropPredecessor() }
            return
        }
        if state == .failed, status.isSelected, path != nil, configuration.consentFreshness {
            consentIsDue()
        } else if status.waitsForConsent {
            if state != .failed { peerIsBack() }
        } else {
            status.apply(state)
        }
        refresh()
    }

    func nativeAgent(_ agent: NativeAgent, didSelect local: ICECandidate, remote: ICECandidate) {
        if isResuming || agent !== native { return }
        // libnice calls the address peer-reflexive that a STUN server has told us.
        let known = localCandidates.first {
            local.kind == .peerReflexive && $0.address == local.address && $0.port == local.port
        }
        let shown = known ?? identified(local, by: agent)
        selectedPair = (shown, remote)
        status.select()
        dropPredecessor()
        if local.transport == .udp, local.kind != .relayed, let descriptor = native?.selectedDescriptor(),
            let peer = TransportAddress(remote.address, port: remote.port)
        {
            path = UDPPath(descriptor: descriptor, peer: peer)
            if mergesArrivals { path?.setMerging(true) }
        }
        delegate?.iceAgent(self, didSelect: shown, remote: remote)
        refresh()
        startWatching()
    }

    func nativeAgent(_ agent: NativeAgent, didReceive datagram: Span<UInt8>) {
        statistics.packetsReceived &+= 1
        statistics.bytesReceived &+= UInt64(datagram.count)
        statistics.lastReceived = NetworkLoop.now
        delegate?.iceAgent(self, didReceive: datagram)
    }
}
