internal import CNice
internal import Glibc
internal import NetworkLoop
internal import TransportTypes

/// Reads what comes over the selected pair when that is plain UDP, past libnice.
///
/// It is bound to the same address and port as libnice's socket, and a filter in the kernel
/// (SO_ATTACH_REUSEPORT_CBPF) gives it all that is not ICE's or a TURN server's, and of ICE the
/// Binding responses whose transaction begins with ``tag``: the answers to checks of our own, which
/// libnice would read and drop. Everything else goes to libnice's socket as before. One system call
/// reads many datagrams, each of which may be many that the kernel has merged; libnice, which would
/// have one at a time, drops what the kernel says of their sizes.
///
/// Used on the loop only.
@safe final class PairSocket {
    /// What the transactions of our own checks begin with.
    let tag: UInt32
    /// libnice's descriptor.
    let sibling: Int32
    /// How many datagrams were read.
    private(set) var arrivals: UInt64 = 0
    private let loop: NetworkLoop
    private let descriptor: Int32
    private var watch: DescriptorWatch?
    private weak var reader: (any PairSocketReader)?
    private var peer = NiceAddress()

    /// How many system calls are made in a row, and after how many bytes no further one.
    private typealias Share = (calls: Int, bytes: Int)
    /// Before others of the loop have their turn.
    private static let usual: Share = (4, 256 << 10)
    /// At the end.
    private static let last: Share = (64, .max)

    /// - Parameters:
    ///   - sibling: libnice's descriptor. Only processes of the same user could join it from here
    ///     on.
    ///   - bufferBytes: what is asked for as the receive buffer.
    /// - Returns: nil when the system has no such socket or filter.
    init?(loop: NetworkLoop, sibling: Int32, peer: TransportAddress, bufferBytes: Int, reader: any PairSocketReader) {
        guard let base = TransportAddress(boundTo: sibling) else { return nil }
        let family = base.address.isIPv6 ? AF_INET6 : AF_INET
        let type = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(family, type, 0)
        guard descriptor >= 0 else { return nil }
        let tag = UInt32.random(in: .min ... .max)
        UDPPath.setBuffers(descriptor, bytes: bufferBytes)
        // Until the filter is there the kernel gives it half of what comes, whatever that is; of
        // ICE the peer will say it again.
        // SAFETY: the address is our own copy, of the size that its family has.
        guard rtc_share_port(sibling) == 0, rtc_share_port(descriptor) == 0,
            unsafe base.withSocketAddress({ unsafe bind(descriptor, $0, $1) }) == 0,
            rtc_steer(sibling, tag) == 0
        else {
            Glibc.close(descriptor)
            return nil
        }
        _ = Self.merger
        _ = rtc_set_merging(descriptor, 1)
        self.tag = tag
        self.sibling = sibling
        self.loop = loop
        self.descriptor = descriptor
        self.reader = reader
        setPeer(peer)
        watch = DescriptorWatch(loop: loop, descriptor: descriptor) { [weak self] _ in
            self?.read(Self.usual)
        }
        watch?.interest = .input
    }

    deinit { close() }

    /// The pair has another far end from here on.
    func setPeer(_ address: TransportAddress) { address.write(to: &peer) }

    /// Whether the kernel tells with which ECN bits datagrams have come.
    func readECN(_ reads: Bool) { rtc_read_ecn(descriptor, reads ? 1 : 0) }

    /// Has the kernel hand up each datagram by itself from here on.
    func stopMerging() { _ = rtc_set_merging(descriptor, 0) }

    /// Hands over what has come so far, and ends; libnice's socket gets what comes from here on.
    func finish() {
        read(Self.last)
        close()
    }

    func close() {
        guard let watch else { return }
        watch.close()
        self.watch = nil
        Glibc.close(descriptor)
    }

    private func read(_ share: Share) {
        unsafe loop.readBuffer.withSlots { slots in
            var bytes = 0
            for _ in 0..<share.calls {
                // SAFETY: as many slots of this size as it is told.
                let count = Int(
                    unsafe rtc_receive(
                        descriptor, slots.baseAddress, ReadBuffer.slotSize, UInt32(ReadBuffer.slotCount), &peer))
                for index in 0..<max(0, count) {
                    guard watch != nil else { return }
                    bytes += unsafe deliver(UnsafeRawBufferPointer(slots), at: index * ReadBuffer.slotSize)
                }
                if count < ReadBuffer.slotCount || bytes >= share.bytes || watch == nil { return }
            }
        }
    }

    /// Hands over what was read into a slot; how many bytes that were.
    private func deliver(_ slots: UnsafeRawBufferPointer, at offset: Int) -> Int {
        // SAFETY: the system call has filled the slot: what it has read is behind what it says of
        // that, and both are left alone until this returns.
        let arrival = unsafe slots.loadUnaligned(fromByteOffset: offset, as: rtc_arrival.self)
        let start = offset + MemoryLayout<rtc_arrival>.size
        let bytes = unsafe slots[start..<start + Int(arrival.length)]
        let datagrams = unsafe UnsafeRawBufferPointer(rebasing: bytes).assumingMemoryBound(to: UInt8.self).span
        guard !datagrams.isEmpty, let reader else { return 0 }
        if arrival.is_peer == 0 {
            guard let source = TransportAddress(arrival.from), reader.pairSocket(self, knows: source) else {
                return datagrams.count
            }
        }
        arrivals &+= 1
        if datagrams[0] <= 3, arrival.segment >= arrival.length {
            // An answer is from where the check went (RFC 8445 §7.2.5.2.1).
            if arrival.is_peer != 0 { reader.pairSocket(self, didReceiveAnswer: datagrams) }
            return datagrams.count
        }
        reader.pairSocket(
            self, didReceive: datagrams, segmentSize: Int(arrival.segment), ecn: UInt8(truncatingIfNeeded: arrival.ecn))
        return datagrams.count
    }

    /// A socket that nobody uses, open while the process lives. With the first socket of the
    /// machine that merges, and again when the last of them closes, the kernel rewrites its own
    /// code and halts each processor for that: a process that makes one connection after the other
    /// would have it do so for each.
    private static let merger: Int32 = {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        if descriptor >= 0 { _ = rtc_set_merging(descriptor, 1) }
        return descriptor
    }()
}

/// Who a ``PairSocket`` reads for. It may close the socket from within each of these; bytes are
/// valid during the call.
protocol PairSocketReader: AnyObject {
    /// Whether this is an address of the peer's, though not the selected one's.
    func pairSocket(_ socket: PairSocket, knows source: TransportAddress) -> Bool
    /// A Binding response from the peer, that may answer a check of our own.
    func pairSocket(_ socket: PairSocket, didReceiveAnswer datagram: Span<UInt8>)
    /// Datagrams of one sender that lie back to back, each of `segmentSize` bytes; the last may be
    /// shorter. All have come with these ECN bits; 0 where they are not read.
    func pairSocket(_ socket: PairSocket, didReceive datagrams: Span<UInt8>, segmentSize: Int, ecn: UInt8)
}
