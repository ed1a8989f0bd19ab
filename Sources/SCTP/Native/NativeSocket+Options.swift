internal import CUSRSCTP
internal import Glibc

extension NativeSocket {
    /// The one address that both ends have: the number that stands for the path.
    func address(port: UInt16) -> sockaddr_conn {
        // SAFETY: a number, never dereferenced.
        unsafe sockaddr_conn(
            sconn_family: UInt16(AF_CONN), sconn_port: port.bigEndian,
            sconn_addr: UnsafeMutableRawPointer(bitPattern: id))
    }

    /// Sets everything that can be set before the association exists.
    func configure() throws(SCTPError) {
        guard setNonBlocking() else { throw failure("non-blocking mode") }
        // Closing means ABORT at once: the path below is about to be closed too, so nothing could
        // be waited for.
        guard setSocketLevel(SO_LINGER, linger(l_onoff: 1, l_linger: 0)),
            setSocketLevel(SO_SNDBUF, Int32(clamping: configuration.sendBufferBytes)),
            setSocketLevel(SO_RCVBUF, Int32(clamping: configuration.receiveBufferBytes))
        else { throw failure("buffer sizes") }
        // A message is sent when it is queued; the layer above batches if it wants to (RFC 8831
        // §6.6 leaves it open).
        guard set(SCTP_NODELAY, Int32(1)), set(SCTP_EXPLICIT_EOR, Int32(1)), set(SCTP_RECVRCVINFO, Int32(1)),
            // Other associations' messages may come between the parts of a long one, of which there
            // are none on this socket.
            set(SCTP_FRAGMENT_INTERLEAVE, Int32(1))
        else { throw failure("delivery options") }
        // A message is handed up in parts when it is longer than any that may come, so that the
        // limit is noticed at once, or than half of what usrsctp keeps, which becomes less when
        // nobody reads (RFC 6458 §8.1.21).
        let partialPoint = min(configuration.longestMessage, configuration.receiveBufferBytes / 2)
        guard set(SCTP_PARTIAL_DELIVERY_POINT, Int32(clamping: partialPoint)) else { throw failure("delivery point") }
        try configureStreams()
        guard set(RTC_SCTP_PLUGGABLE_CC, value(congestionModule)),
            set(SCTP_MAX_BURST, value(UInt32(clamping: configuration.initialWindow)))
        else { throw failure("congestion control") }
        setAcknowledgement(frequency: AcknowledgementPace.usual)
        try configureTimers()
        try subscribe()
    }

    private func configureStreams() throws(SCTPError) {
        let initial = sctp_initmsg(
            sinit_num_ostreams: configuration.streams,
            sinit_max_instreams: max(configuration.streams, configuration.maxStreams),
            // Eight INITs in about a minute; ICE has failed long before, if it is the path.
            sinit_max_attempts: 27, sinit_max_init_timeo: 10_000)
        // Closing a channel resets its stream (RFC 8831 §6.7).
        let reset = sctp_assoc_value(
            assoc_id: sctp_assoc_t(SCTP_FUTURE_ASSOC), assoc_value: UInt32(SCTP_ENABLE_VALUE_MASK))
        // Channels take turns, by bytes. Not by usrsctp's round robin: a stream that has been
        // emptied and filled again is put where its id belongs, and with two or more of them that
        // take turns in that, those with higher ids never have theirs.
        let scheduler = sctp_assoc_value(
            assoc_id: sctp_assoc_t(SCTP_FUTURE_ASSOC), assoc_value: UInt32(SCTP_SS_FAIR_BANDWITH))
        guard set(SCTP_INITMSG, initial), set(SCTP_ENABLE_STREAM_RESET, reset), set(SCTP_PLUGGABLE_SS, scheduler) else {
            throw failure("streams")
        }
    }

    private func configureTimers() throws(SCTPError) {
        var path = sctp_paddrparams()
        path.spp_address.ss_family = sa_family_t(AF_CONN)
        // ICE's consent checks watch the path (RFC 7675), and UDP below DTLS fragments nothing: no
        // heartbeats, no path MTU discovery. usrsctp's value leaves out the 12 bytes of the common
        // header.
        path.spp_flags = UInt32(SPP_HB_DISABLE | SPP_PMTUD_DISABLE)
        path.spp_pathmtu = UInt32(clamping: packetSize - 12)
        if packetSize > configuration.maxPacketSize { try preparePacketSizes() }
        // The only path is not given up while the association is not: usrsctp would send nothing
        // new on it, and no heartbeat would take it into use again.
        path.spp_pathmaxrxt = .max
        let range = configuration.retransmissionTimeout
        let timeout = sctp_rtoinfo(
            srto_assoc_id: sctp_assoc_t(SCTP_FUTURE_ASSOC),
            srto_initial: min(range.lowerBound * 2, range.upperBound).wholeMilliseconds,
            srto_max: range.upperBound.wholeMilliseconds, srto_min: range.lowerBound.wholeMilliseconds)
        guard set(SCTP_PEER_ADDR_PARAMS, path), set(SCTP_RTOINFO, timeout), setPatience(false) else {
            throw failure("timers")
        }
    }

    /// How often in a row something may be sent again without an acknowledgement of anything: with
    /// the usual timeouts about 50 seconds, half of that where a reset waits, too, which is counted
    /// with it; or for as long as anybody would wait.
    @discardableResult
    func setPatience(_ isPatient: Bool) -> Bool {
        var association = sctp_assocparams()
        association.sasoc_asocmaxrxt = isPatient ? .max : 27
        return set(SCTP_ASSOCINFO, association)
    }

    /// usrsctp can make an association's packets smaller but not larger, so it begins with the
    /// largest that may turn out to get through. Until that is known its chunks are small, so that
    /// its packets can be cut, and its window is the usual one.
    private func preparePacketSizes() throws(SCTPError) {
        // Large chunks would be sent again when the size falls back: usrsctp compares with an IP
        // header of 20 bytes on top. The option's value leaves out that, but the common header and
        // the chunk's own, of 28 bytes, not.
        let chunk = UInt32(clamping: configuration.maxPacketSize - 28 - 40)
        let segment = sctp_assoc_value(assoc_id: sctp_assoc_t(SCTP_FUTURE_ASSOC), assoc_value: chunk)
        let window = sctp_assoc_value(
            assoc_id: sctp_assoc_t(SCTP_FUTURE_ASSOC),
            assoc_value: UInt32(clamping: configuration.initialWindow * configuration.maxPacketSize))
        guard set(SCTP_MAXSEG, segment), set(SCTP_MAX_CWND, window) else { throw failure("packet sizes") }
    }

    /// How large the packets of the association may be from now on, which must not be more than it
    /// began with.
    func setPacketSize(_ size: Int) {
        packetSize = size
        var path = sctp_paddrparams()
        path.spp_address.ss_family = sa_family_t(AF_CONN)
        path.spp_flags = UInt32(SPP_PMTUD_DISABLE)
        path.spp_pathmtu = UInt32(clamping: size - 12)
        _ = set(SCTP_PEER_ADDR_PARAMS, path)
        let none = sctp_assoc_value(assoc_id: sctp_assoc_t(SCTP_FUTURE_ASSOC), assoc_value: 0)
        _ = set(SCTP_MAXSEG, none)
        _ = set(SCTP_MAX_CWND, none)
    }

    private func subscribe() throws(SCTPError) {
        let events = [
            SCTP_ASSOC_CHANGE, SCTP_SHUTDOWN_EVENT, SCTP_STREAM_RESET_EVENT, SCTP_PARTIAL_DELIVERY_EVENT,
            SCTP_STREAM_CHANGE_EVENT,
        ]
        for event in events {
            let subscription = sctp_event(
                se_assoc_id: sctp_assoc_t(SCTP_FUTURE_ASSOC), se_type: UInt16(truncatingIfNeeded: event), se_on: 1)
            guard set(SCTP_EVENT, subscription) else { throw failure("event \(event)") }
        }
    }

    private func failure(_ what: String) -> SCTPError {
        SCTPError(.setupFailed, "usrsctp refused the \(what) of the configuration", cause: Int(errno))
    }
}

extension NativeSocket {
    /// `connect` has begun.
    static var inProgress: Int32 { EINPROGRESS }

    /// A request of ours has not been answered yet.
    static var alreadyUnderWay: Int32 { EALREADY }

    /// The peer lacks the extension.
    static var notSupported: Int32 { EOPNOTSUPP }

    /// What a failed read means.
    static func readError(_ code: Int32) -> SCTPError? {
        switch code {
        case 0: nil
        case ECONNRESET, ECONNREFUSED: SCTPError(.abortedByPeer, "the peer ended the association", cause: Int(code))
        case ETIMEDOUT: SCTPError(.timedOut, "the peer stopped answering", cause: Int(code))
        case ECONNABORTED: SCTPError(.aborted, "usrsctp ended the association", cause: Int(code))
        default: SCTPError(.system, "usrsctp cannot read from the association", cause: Int(code))
        }
    }

    /// What a failed write means.
    static func writeError(_ code: Int32, stream: UInt16) -> SCTPError {
        switch code {
        case ECONNRESET, ENOENT, ENOTCONN, EPIPE, EBADF, ESHUTDOWN, ETIMEDOUT, ECONNABORTED:
            SCTPError(.closed, "the association is gone", cause: Int(code))
        default:
            SCTPError(.system, "usrsctp cannot send on stream \(stream)", cause: Int(code))
        }
    }

    /// The packet with its CRC32c (RFC 9260 §6.8).
    static func withChecksum(_ packet: [UInt8]) -> [UInt8] {
        guard packet.count >= 12 else { return packet }
        var packet = packet
        packet.replaceSubrange(8..<12, with: [0, 0, 0, 0])
        // SAFETY: usrsctp reads the array's bytes only.
        let checksum = unsafe packet.withUnsafeMutableBytes { unsafe usrsctp_crc32c($0.baseAddress, $0.count) }
        for index in 0..<4 {
            packet[8 + index] = UInt8(truncatingIfNeeded: checksum >> (8 * index))
        }
        return packet
    }

    /// Lends this thread's buffer.
    static func withScratch(_ body: (ScratchBuffer) -> Void) {
        ThreadContext.current.withScratch(body)
    }
}
