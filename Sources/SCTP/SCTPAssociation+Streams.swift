// usrsctp takes memory for each stream from the start, so an association that can begins with few,
// and adds some when a channel needs them (RFC 6525 §5.1.5).
extension SCTPAssociation {
    /// How many streams there are, and are to be.
    struct Streams {
        /// How many of ours there are now.
        var outbound: UInt16 = 0
        /// How many both ends have or may add.
        var negotiated: UInt16 = 0
        /// How many we want to have; it may grow while the peer has not answered.
        var wanted: UInt16 = 0
        /// The peer has been asked for more, and has not answered.
        var isAdding = false

        /// Whether messages have to wait until more were asked for.
        var areAwaited: Bool { wanted > outbound && !isAdding }
    }

    /// How many streams both ends have or may add, once connected: stream ids from 0 up to, not
    /// including, this.
    package var negotiatedStreams: UInt16 { streams.negotiated }

    /// INIT and INIT ACK say how many streams the peer takes (RFC 9260 §3.3.2).
    func notePeerStreams(_ packet: Span<UInt8>) {
        SCTPPacket.forEachChunk(in: packet) { type, body in
            guard type == 1 || type == 2, body.count >= 16 else { return true }
            noteInboundStreams(UInt16(packet[body.lowerBound + 10]) << 8 | UInt16(packet[body.lowerBound + 11]))
            return false
        }
    }

    /// What the handshake has brought.
    func agreedStreams(outbound: UInt16, inbound: UInt16, peerInboundStreams: UInt16) -> Streams {
        let all = max(outbound, min(configuration.maxStreams, peerInboundStreams))
        return Streams(outbound: outbound, negotiated: configuration.addsStreams ? all : min(outbound, inbound))
    }

    /// Asks for so many that this one is there, and twice as many as there are.
    func wantStream(_ stream: UInt16) {
        let wanted = max(Int(stream) + 1, 2 * Int(streams.outbound))
        streams.wanted = max(streams.wanted, UInt16(clamping: min(wanted, Int(negotiatedStreams))))
        addStreams()
    }

    /// Whether messages have to wait until streams were asked for.
    var awaitsStreams: Bool { streams.areAwaited }

    /// Asks for them once nothing is under way: when usrsctp 0.9.5 makes its table of streams
    /// larger it forgets which message it is in the middle of, and would put another one between
    /// its fragments.
    func addStreams() {
        guard state == .connected, awaitsStreams, resetsUnderWay.isEmpty, openStream == nil, !native.isInside,
            native.queuedBytes == 0
        else { return }
        switch native.addStreams(streams.wanted - streams.outbound, sink: self) {
        case 0: streams.isAdding = true
        case NativeSocket.alreadyUnderWay: break
        default: didRefuseStreams()
        }
    }

    /// There are more now.
    func didAddStreams(outbound: UInt16) {
        guard outbound > streams.outbound else { return }
        streams.outbound = outbound
        streams.isAdding = false
        resume()
    }

    /// There will be no more than there are.
    func didRefuseStreams() {
        streams.isAdding = false
        streams.wanted = streams.outbound
        streams.negotiated = min(streams.negotiated, streams.outbound)
        finishReset(pendingResets.filter { $0 >= negotiatedStreams })
        pendingResets.removeAll { $0 >= negotiatedStreams }
        resume()
    }

    private func resume() {
        mayHaveRoom = true
        hasDeferred = true
    }
}
