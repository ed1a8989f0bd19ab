extension ICEAgent: NativeAgentEvents {
    func nativeAgent(didGather candidate: ICECandidate, base: TransportAddress) {
        offer(candidate, base: base)
    }

    func nativeAgentDidFinishGathering() {
        gatherer?.isNativeDone = true
        finishGatheringIfIdle()
    }

    func nativeAgent(didChange state: NativeAgent.State) {
        status.apply(state)
        refresh()
    }

    func nativeAgent(didSelect local: ICECandidate, base: TransportAddress, remote: ICECandidate) {
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
    }

    func nativeAgent(didLearnRemote candidate: ICECandidate) {}

    func nativeAgent(didReceive datagram: Span<UInt8>) {
        statistics.packetsReceived &+= 1
        statistics.bytesReceived &+= UInt64(datagram.count)
        delegate?.iceAgent(self, didReceive: datagram)
    }
}
