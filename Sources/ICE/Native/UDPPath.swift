internal import CNice
internal import Glibc

/// The way out of the selected pair when it is plain UDP: libnice's own socket, and the peer's
/// address.
///
/// It skips libnice's lock and conversions for each datagram, and lets the kernel cut a batch into
/// datagrams.
@safe struct UDPPath {
    /// libnice's descriptor. It stays open as long as the agent does.
    let descriptor: Int32
    private var peer: NiceAddress
    /// The two bits of ECN that datagrams leave with (RFC 3168 §5); 0 for none.
    var ecn: UInt8 = 0
    /// False once the kernel has refused to cut batches on this socket.
    var cuts = true

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
                descriptor, rtc_nice_sockaddr(&peer), bytes.baseAddress, bytes.count, segment, Int32(ecn)) >= 0
        }
    }

    /// The most that one system call takes: UDP_MAX_SEGMENTS of the kernel, and the largest UDP
    /// payload over IPv4.
    private static let maximumSegments = 64
    private static let maximumBytes = 65507

    /// Sends datagrams of `segmentSize` bytes that lie back to back, the last may be shorter.
    ///
    /// - Returns: how many the system took. What it does not take is lost, as datagrams may be.
    mutating func send(batch: Span<UInt8>, segmentSize: Int) -> Int {
        var sent = 0
        var offset = 0
        while offset < batch.count {
            let fitting = cuts ? max(1, Self.maximumBytes / segmentSize) : Self.maximumSegments
            let perCall = min(fitting, Self.maximumSegments)
            let part = batch.extracting(offset..<min(batch.count, offset + perCall * segmentSize))
            let count = (part.count + segmentSize - 1) / segmentSize
            let status = cuts ? sendCut(part, segmentSize, count) : sendEach(part, segmentSize)
            if status < 0 {
                // EAGAIN: no room for the rest either. Anything else (EIO without checksum offload,
                // EINVAL for a segment above the path's MTU) is about cutting, and single datagrams
                // may still go.
                if status == -Int(EAGAIN) || status == -Int(ENOBUFS) { return sent }
                if cuts, count > 1 {
                    cuts = false
                    continue
                }
            }
            // What is refused when it comes first is passed over: the next may be smaller.
            let taken = max(status, 0)
            sent += taken
            offset += max(taken, 1) * segmentSize
        }
        return sent
    }

    /// One call and one header, and the kernel cuts (UDP_SEGMENT). All or nothing; `-errno` for
    /// nothing.
    private mutating func sendCut(_ part: Span<UInt8>, _ segmentSize: Int, _ count: Int) -> Int {
        // SAFETY: as in send(_:).
        let status = unsafe part.withUnsafeBufferPointer { bytes in
            unsafe rtc_send_segments(
                descriptor, rtc_nice_sockaddr(&peer), bytes.baseAddress, bytes.count, UInt16(clamping: segmentSize),
                Int32(ecn))
        }
        return status < 0 ? status : count
    }

    /// One call with a header for each datagram (sendmmsg). The number of datagrams from the first
    /// on that went, or `-errno`.
    private mutating func sendEach(_ part: Span<UInt8>, _ segmentSize: Int) -> Int {
        // SAFETY: as in send(_:).
        unsafe part.withUnsafeBufferPointer { bytes in
            Int(
                unsafe rtc_send_each(
                    descriptor, rtc_nice_sockaddr(&peer), bytes.baseAddress, bytes.count, UInt16(clamping: segmentSize),
                    Int32(ecn)))
        }
    }

    /// A number that changes with each datagram that libnice reads there, STUN included; 0 if there
    /// was none.
    static func lastArrival(_ descriptor: Int32) -> Int64 { rtc_last_arrival(descriptor) }

    /// Whether datagrams may be cut into IP fragments. If not, one that is too large for the
    /// interface is refused, and one that is too large further on is lost there; that is Linux's
    /// IP_PMTUDISC_PROBE, and its default otherwise.
    func setFragmenting(_ fragments: Bool) { rtc_set_fragmenting(descriptor, fragments ? 1 : 0) }

    /// Asks for larger buffers; the system gives what it allows, which for a process that may
    /// administer the network is as much as it asks for.
    static func setBuffers(_ descriptor: Int32, bytes: Int) {
        var size = Int32(clamping: bytes)
        let length = socklen_t(MemoryLayout<Int32>.size)
        for (forced, usual) in [(SO_RCVBUFFORCE, SO_RCVBUF), (SO_SNDBUFFORCE, SO_SNDBUF)] {
            // SAFETY: an Int32 is what these options take.
            if unsafe setsockopt(descriptor, SOL_SOCKET, forced, &size, length) != 0 {
                unsafe setsockopt(descriptor, SOL_SOCKET, usual, &size, length)
            }
        }
    }
}
