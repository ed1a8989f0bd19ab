internal import DTLS

// Whether the transport carries data channels: it may be there for media alone, before them or after them.
extension PeerConnection {
    /// Makes SCTP's place on the transport, or clears it.
    func reconcileData() {
        guard let stack else { return }
        if negotiation.localData != nil || negotiation.remoteData != nil {
            if sctpTransport == nil { sctpTransport = dtlsTransport.map { SCTPTransport(transport: $0) } }
            return
        }
        guard sctpTransport != nil else { return }
        if negotiation.wantsData {
            data?.restart(WebRTCError(.operation, "the offer was rolled back"))
        } else {
            data?.fail(WebRTCError(.operation, "data channels were refused in the answer, or stopped by the peer"))
            data = nil
        }
        data?.onPacket = nil
        stack.onApplicationData = nil
        sctpTransport?.update(state: .closed)
        sctpTransport = nil
    }

    /// Begins the association once both sides have agreed on data channels; nil if they have not.
    func startData(_ stack: TransportStack) throws(WebRTCError) -> DataSession? {
        guard let remote = negotiation.remoteData, let local = negotiation.agreedLocalData else { return nil }
        let session = try dataSession()
        let isNew = session.association == nil
        stack.onApplicationData = { [unowned session] bytes in session.receive(bytes) }
        session.onPacket = { [unowned stack] packet in stack.send(packet) }
        let port = port
        try session.start(localPort: local.sctpPort, remote: remote, wake: { port.wake() })
        SCTPTicker.shared.start()
        sctpTransport?.update(maxMessageSize: min(session.sendLimit, Int.max))
        // Media may have brought up the transport before.
        if isNew, stack.dtlsState == .connected { session.connect() }
        return session
    }
}
