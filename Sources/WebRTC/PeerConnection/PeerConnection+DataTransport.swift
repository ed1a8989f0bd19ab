internal import DTLS
internal import NetworkLoop

// Which transport carries the data channels, if one does: it may be there for media, before them or after them.
extension PeerConnection {
    /// Makes SCTP's place on its transport, moves it to another one, or clears it.
    func reconcileData() {
        let next = negotiation.dataTransportID.flatMap(transport)
        let dropped = next == nil && dataTransport != nil
        if next !== dataTransport {
            dataTransport?.stack.onApplicationData = nil
            dataTransport?.stack.onArrivalsEnd = nil
            // An association belongs to its transport; the channels have another one on the next.
            if next != nil { data?.suspend() }
            data?.onPacket = nil
            data?.onProbe = nil
            endSupervision()
            dataTransport = next
            closeTimer?.cancel()
        }
        if let next {
            if sctpTransport == nil { sctpTransport = SCTPTransport(transport: next.dtls) }
            sctpTransport?.update(transport: next.dtls)
            return
        }
        if negotiation.isDataOffered {
            // SCTP is there with the peer's offer (W3C §4.4.1.5), what it stands on with our answer.
            if sctpTransport == nil || dropped {
                sctpTransport = SCTPTransport(transport: DTLSTransport(iceTransport: ICETransport()))
            }
            return
        }
        guard sctpTransport != nil || transports.isEmpty else { return }
        if negotiation.wantsData {
            data?.restart(WebRTCError(.operation, "the offer was rolled back"))
        } else {
            data?.fail(WebRTCError(.operation, "data channels were refused in the answer, or stopped by the peer"))
            data = nil
        }
        sctpTransport?.update(state: .closed)
        sctpTransport = nil
    }

    /// Begins the association once both sides have agreed on data channels, and lets it go on where it is there already;
    /// nil if they have not.
    func startData(_ stack: TransportStack) throws(WebRTCError) -> DataSession? {
        guard let remote = negotiation.remoteData, let local = negotiation.agreedLocalData else { return nil }
        let session = try dataSession()
        let isNew = session.association == nil
        stack.onApplicationData = { [unowned session] bytes in session.receive(bytes) }
        stack.onArrivalsEnd = { [unowned session] in session.arrivalsEnded() }
        session.onPacket = { [unowned stack] packet in stack.send(packet) }
        session.onProbe = { [unowned stack] packet in stack.send(probe: packet) }
        let port = port
        try session.start(localPort: local.sctpPort, remote: remote, wake: { port.wake() })
        SCTPTicker.shared.start()
        sctpTransport?.update(maxMessageSize: min(session.sendLimit, Int.max))
        // Media may have brought up the transport before.
        if isNew, stack.dtlsState == .connected { session.connect() }
        return session
    }

    /// DTLS below the data channels has changed its state.
    func dataTransportDidChange(_ state: DTLSState, _ error: DTLSError?) {
        switch state {
        case .new, .connecting: break
        case .connected:
            data?.connect()
        case .closed: peerDidLeaveData()
        case .failed:
            let code: WebRTCError.Code = error?.code == .fingerprintMismatch ? .fingerprintFailure : .dtlsFailure
            let reason = error.map { "\($0)" } ?? "unknown reason"
            data?.fail(WebRTCError(code, "the DTLS handshake failed: \(reason)"))
        }
    }
}
