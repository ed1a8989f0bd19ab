internal import CNice
internal import Glibc
internal import NetworkLoop
internal import TransportTypes

/// Takes the answers to our own checks of a pair, which libnice would read and drop.
///
/// It is bound to the same address and port as libnice's socket, and a filter in the kernel
/// (SO_ATTACH_REUSEPORT_CBPF) gives it the Binding responses whose transaction begins with
/// ``init(loop:sibling:tag:onDatagram:)``'s tag; everything else goes to libnice's socket as
/// before. It is polled only while an answer is awaited.
///
/// Used on the loop only.
@safe final class ConsentSocket {
    private let descriptor: Int32
    private var watch: DescriptorWatch?
    private let onDatagram: (Span<UInt8>, TransportAddress) -> Void

    /// - Parameters:
    ///   - sibling: libnice's descriptor. Only processes of the same user could join it from here
    ///     on.
    ///   - onDatagram: called on the loop with what arrives, and where it is from.
    /// - Returns: nil when the system has no such socket or filter.
    init?(
        loop: NetworkLoop, sibling: Int32, tag: UInt32, onDatagram: @escaping (Span<UInt8>, TransportAddress) -> Void
    ) {
        guard let base = TransportAddress(boundTo: sibling) else { return nil }
        let family = base.address.isIPv6 ? AF_INET6 : AF_INET
        let type = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(family, type, 0)
        guard descriptor >= 0 else { return nil }
        // SAFETY: the address is our own copy, of the size that its family has.
        guard rtc_share_port(sibling) == 0, rtc_share_port(descriptor) == 0,
            unsafe base.withSocketAddress({ unsafe bind(descriptor, $0, $1) }) == 0,
            rtc_steer_answers(sibling, tag) == 0
        else {
            Glibc.close(descriptor)
            return nil
        }
        self.descriptor = descriptor
        self.onDatagram = onDatagram
        watch = DescriptorWatch(loop: loop, descriptor: descriptor) { [weak self] _ in self?.receive() }
    }

    deinit { close() }

    /// Whether something is to be read.
    var isWaiting: Bool {
        get { watch?.interest == .input }
        set { watch?.interest = newValue ? .input : [] }
    }

    func close() {
        guard let watch else { return }
        watch.close()
        self.watch = nil
        Glibc.close(descriptor)
    }

    private func receive() {
        var buffer = [UInt8](repeating: 0, count: 2048)
        while watch != nil {
            var from = NiceAddress()
            var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
            // SAFETY: recvfrom writes at most the two sizes; a NiceAddress is a union that holds an
            // address of either family.
            let count = unsafe buffer.withUnsafeMutableBytes { buffer in
                unsafe withUnsafeMutablePointer(to: &from) { from in
                    let from = unsafe UnsafeMutableRawPointer(from).assumingMemoryBound(to: sockaddr.self)
                    return unsafe recvfrom(
                        descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT), from, &size)
                }
            }
            guard count > 0 else { return }
            if let from = TransportAddress(from) { onDatagram(buffer.span.extracting(0..<count), from) }
        }
    }
}
