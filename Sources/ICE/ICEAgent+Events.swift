extension ICEAgent: NativeAgentEvents {
    func nativeAgent(didGather candidate: NativeCandidate.Gathered) {
        offer(candidate.candidate)
    }

    func nativeAgentDidFinishGathering() {
        gatherer?.isNativeDone = true
        askRelays()
        finishGatheringIfIdle()
    }

    func nativeAgent(didChange state: NativeAgent.State) {
        // What libnice says of a pair that is taken into use again is no news.
        if isResuming { return }
        if state == .failed, status.isSelected, path != nil, configuration.consentFreshness {
            consentIsDue()
        } else if status.waitsForConsent {
            if state != .failed { peerIsBack() }
        } else {
            status.apply(state)
        }
        refresh()
    }

    func nativeAgent(didSelect local: ICECandidate, remote: ICECandidate) {
        if isResuming { return }
        // libnice calls the address peer-reflexive that a STUN server has told us.
        let known = localCandidates.first {
            local.kind == .peerReflexive && $0.address == local.address && $0.port == local.port
        }
        selectedPair = (known ?? local, remote)
        status.select()
        path = nil
        if local.transport == .udp, local.kind != .relayed, let descriptor = native?.selectedDescriptor(),
            let peer = TransportAddress(remote.address, port: remote.port)
        {
            path = UDPPath(descriptor: descriptor, peer: peer)
        }
        delegate?.iceAgent(self, didSelect: known ?? local, remote: remote)
        refresh()
        startWatching()
    }

    func nativeAgent(didReceive datagram: Span<UInt8>) {
        statistics.packetsReceived &+= 1
        statistics.bytesReceived &+= UInt64(datagram.count)
        delegate?.iceAgent(self, didReceive: datagram)
    }
}
