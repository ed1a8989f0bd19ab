internal import CNice
internal import Glibc

/// The way out of the selected pair when it is plain UDP: libnice's own socket, and the peer's address.
///
/// It skips libnice's lock and conversions for each datagram, and lets the kernel cut a batch into datagrams.
@safe struct UDPPath {
    /// libnice's descriptor. It stays open as long as the agent does.
    let descriptor: Int32
    private var peer: NiceAddress
    /// False once the kernel has refused to cut batches on this socket.
    private var cuts = true

    init(descriptor: Int32, peer: TransportAddress) {
        self.descriptor = descriptor
        self.peer = NiceAddress()
        peer.write(to: &self.peer)
    }

    /// Sends one datagram; false when the system has no room for it.
    mutating func send(_ datagram: Span<UInt8>) -> Bool {
        // SAFETY: the span outlives the call; the address is our own copy.
        unsafe datagram.withUnsafeBufferPointer { bytes in
            let segment = UInt16(clamping: bytes.count)
            return unsafe rtc_send_segments(
                descriptor, rtc_nice_sockaddr(&peer), bytes.baseAddress, bytes.count, segment) >= 0
        }
    }

    /// The most that one system call takes: UDP_MAX_SEGMENTS of the kernel, and the largest UDP payload over IPv4.
    private static let maximumSegments = 64
    private static let maximumBytes = 65507

    /// Sends datagrams of `segmentSize` bytes that lie back to back, the last may be shorter.
    ///
    /// - Returns: how many the system took. What it does not take is lost, as datagrams may be.
    mutating func send(batch: Span<UInt8>, segmentSize: Int) -> Int {
        var sent = 0
        var offset = 0
        let perCall = max(1, min(Self.maximumSegments, Self.maximumBytes / segmentSize))
        while offset < batch.count {
            let end = min(batch.count, offset + (cuts ? perCall : 1) * segmentSize)
            let part = batch.extracting(offset..<end)
            // SAFETY: as in send(_:).
            let status = unsafe part.withUnsafeBufferPointer { bytes in
                unsafe rtc_send_segments(
                    descriptor, rtc_nice_sockaddr(&peer), bytes.baseAddress, bytes.count, UInt16(clamping: segmentSize))
            }
            if status < 0, cuts, part.count > segmentSize {
                // EAGAIN: no room for the rest either. Anything else (EIO without checksum offload, EINVAL for a
                // segment above the path's MTU) is about cutting, and single datagrams may still go.
                if status == -Int(EAGAIN) || status == -Int(ENOBUFS) { return sent }
                cuts = false
                continue
            }
            if status >= 0 { sent += (part.count + segmentSize - 1) / segmentSize }
            offset = end
        }
        return sent
    }

    /// A number that changes with each datagram that libnice reads there, STUN included; 0 if there was none.
    static func lastArrival(_ descriptor: Int32) -> Int64 { rtc_last_arrival(descriptor) }

    /// Whether datagrams may be cut into IP fragments. If not, one that is too large for the interface is refused, and one that is
    /// too large further on is lost there; that is Linux's IP_PMTUDISC_PROBE, and its default otherwise.
    func setFragmenting(_ fragments: Bool) { rtc_set_fragmenting(descriptor, fragments ? 1 : 0) }

    /// Lets the kernel hand up datagrams of the peer that arrive back to back as one, or not any more. Without effect where the
    /// kernel is older than 5.0.
    func setMerging(_ merges: Bool) { _ = rtc_set_merging(descriptor, merges ? 1 : 0) }

    /// Asks for larger buffers; the system gives what it allows.
    static func setBuffers(_ descriptor: Int32, bytes: Int) {
        var size = Int32(clamping: bytes)
        for option in [SO_RCVBUF, SO_SNDBUF] {
            // SAFETY: an Int32 is what both options take.
            unsafe setsockopt(descriptor, SOL_SOCKET, option, &size, socklen_t(MemoryLayout<Int32>.size))
        }
    }
}
