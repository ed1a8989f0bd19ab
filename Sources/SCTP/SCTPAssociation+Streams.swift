// usrsctp takes memory for each stream from the start, so an association that can begins with few, and adds some when a channel
// needs them (RFC 6525 §5.1.5).
extension SCTPAssociation {
    /// INIT and INIT ACK say how many streams the peer takes (RFC 9260 §3.3.2).
    func notePeerStreams(_ packet: Span<UInt8>) {
        SCTPPacket.forEachChunk(in: packet) { type, body in
            guard type == 1 || type == 2, body.count >= 16 else { return true }
            peerTakesStreams = UInt16(packet[body.lowerBound + 10]) << 8 | UInt16(packet[body.lowerBound + 11])
            return false
        }
    }

    /// The handshake is over.
    func beginStreams(outbound: UInt16, inbound: UInt16) {
        outboundStreams = outbound
        negotiatedStreams =
            configuration.addsStreams
            ? max(outbound, min(configuration.maxStreams, peerTakesStreams)) : min(outbound, inbound)
    }

    /// Asks for so many that this one is there, and twice as many as there are.
    func wantStream(_ stream: UInt16) {
        let wanted = max(Int(stream) + 1, 2 * Int(outboundStreams))
        streamsWanted = max(streamsWanted, UInt16(clamping: min(wanted, Int(negotiatedStreams))))
        addStreams()
    }

    /// Whether messages have to wait until streams were asked for.
    var awaitsStreams: Bool { streamsWanted > outboundStreams && !isAddingStreams }

    /// Asks for them once nothing is under way: when usrsctp 0.9.5 makes its table of streams larger it forgets which message it
    /// is in the middle of, and would put another one between its fragments.
    func addStreams() {
        guard state == .connected, awaitsStreams, resetsUnderWay.isEmpty, openStream == nil, !native.isInside,
            native.queuedBytes == 0
        else { return }
        switch native.addStreams(streamsWanted - outboundStreams, sink: self) {
        case 0: isAddingStreams = true
        case NativeSocket.alreadyUnderWay: break
        default: didRefuseStreams()
        }
    }

    /// There are more now.
    func didAddStreams(outbound: UInt16) {
        guard outbound > outboundStreams else { return }
        outboundStreams = outbound
        isAddingStreams = false
        resume()
    }

    /// There will be no more than there are.
    func didRefuseStreams() {
        isAddingStreams = false
        streamsWanted = outboundStreams
        negotiatedStreams = min(negotiatedStreams, outboundStreams)
        finishReset(pendingResets.filter { $0 >= negotiatedStreams })
        pendingResets.removeAll { $0 >= negotiatedStreams }
        resume()
    }

    private func resume() {
        mayHaveRoom = true
        hasDeferred = true
    }
}
