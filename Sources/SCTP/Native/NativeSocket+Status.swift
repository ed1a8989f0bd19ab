internal import CUSRSCTP
internal import Glibc

extension NativeSocket {
    /// How often DATA is acknowledged: every `frequency` packets, or when the configuration's delay
    /// is over.
    func setAcknowledgement(frequency: UInt32) {
        var info = sctp_sack_info()
        info.sack_delay = configuration.acknowledgementDelay.wholeMilliseconds
        info.sack_freq = frequency
        _ = set(SCTP_DELAYED_SACK, info)
    }

    /// Sends a HEARTBEAT now (RFC 9260 §8.3), though regular ones are off.
    func sendHeartbeat(sink: any PacketSink) {
        var path = sctp_paddrparams()
        let name = unsafe address(port: configuration.remotePort)
        // SAFETY: a sockaddr_conn fits in a sockaddr_storage and starts like one.
        unsafe withUnsafeMutableBytes(of: &path.spp_address) { storage in
            unsafe withUnsafeBytes(of: name) { unsafe storage.copyMemory(from: $0) }
        }
        path.spp_flags = UInt32(SPP_HB_DEMAND)
        enter(sink) { _ = set(SCTP_PEER_ADDR_PARAMS, path) }
    }

    /// Payload bytes that wait to be sent or acknowledged. usrsctp adds the header of each chunk it
    /// has made.
    var queuedBytes: Int {
        guard let use = bufferUse else { return 0 }
        let headers = Int(status?.sstat_unackdata ?? 0) * 16
        return max(Int(use.ss_total_sndbuf) - headers, 0)
    }

    /// Received bytes that cannot be read yet, for want of those before or behind them, with what
    /// each chunk costs.
    var incompleteBytes: Int {
        guard let use = bufferUse, use.ss_total_recv_buf > 0 else { return 0 }
        return Int(use.ss_total_recv_buf) + Int(status?.sstat_penddata ?? 0) * Self.chunkOverhead
    }

    /// What a chunk counts in a window besides its payload: usrsctp's MSIZE.
    private static let chunkOverhead = 256

    private var bufferUse: rtc_sctp_sockstat? {
        guard let socket = unsafe socket else { return nil }
        var use = rtc_sctp_sockstat()
        var length = socklen_t(MemoryLayout<rtc_sctp_sockstat>.size)
        // SAFETY: usrsctp writes one structure of this size.
        let result = unsafe usrsctp_getsockopt(
            socket, Int32(IPPROTO_SCTP), Int32(RTC_SCTP_GET_SNDBUF_USE), &use, &length)
        return result == 0 ? use : nil
    }

    /// Whether there still is an association, of which more may come.
    var hasAssociation: Bool { status != nil }

    /// How many bytes usrsctp keeps for us to read, and so how large a window it shows the peer; it
    /// rounds up to 4096.
    func setReceiveBuffer(_ size: Int) {
        _ = setSocketLevel(SO_RCVBUF, Int32(clamping: size))
    }

    /// How many bytes may wait to be sent or acknowledged.
    func setSendBuffer(_ size: Int) {
        _ = setSocketLevel(SO_SNDBUF, Int32(clamping: size))
    }

    /// Adds what usrsctp knows of the path.
    func addStatus(to numbers: inout SCTPStatistics) {
        guard let status else { return }
        numbers.unacknowledgedChunks = Int(status.sstat_unackdata)
        numbers.bufferedBytes = queuedBytes
        numbers.peerReceiveWindow = Int(status.sstat_rwnd)
        numbers.congestionWindow = Int(status.sstat_primary.spinfo_cwnd)
        numbers.smoothedRoundTripTime = .milliseconds(status.sstat_primary.spinfo_srtt)
        numbers.retransmissionTimeout = .milliseconds(status.sstat_primary.spinfo_rto)
        numbers.maximumTransmissionUnit = Int(status.sstat_primary.spinfo_mtu)
    }

    private var status: sctp_status? {
        guard let socket = unsafe socket else { return nil }
        var status = sctp_status()
        var length = socklen_t(MemoryLayout<sctp_status>.size)
        // SAFETY: usrsctp writes one sctp_status.
        let result = unsafe usrsctp_getsockopt(socket, Int32(IPPROTO_SCTP), SCTP_STATUS, &status, &length)
        return result == 0 ? status : nil
    }
}
