// Both: which of them the system's names come from depends on which is read first.
internal import CNice
internal import Glibc
internal import NetworkLoop
internal import TransportTypes

/// A socket for asking one STUN server what address one of libnice's sockets has for it.
///
/// libnice drops STUN responses to requests that are not its own, so they must not reach its
/// socket. This one is bound to the same address and port, and connected to the server: the kernel
/// then gives it what comes from the server, and everything else still goes to libnice. To a NAT
/// both are the same, so the mapping is the one that peers will use.
///
/// Used on the loop only.
@safe final class STUNSocket {
    private let descriptor: Int32
    private var watch: DescriptorWatch?
    private let onDatagram: (Span<UInt8>) -> Void

    /// - Parameters:
    ///   - sibling: libnice's descriptor, bound to `base`.
    ///   - onDatagram: called on the loop with what comes from the server.
    /// - Returns: nil when the system has no such socket, or no route to the server.
    init?(
        loop: NetworkLoop, sibling: Int32, base: TransportAddress, server: TransportAddress,
        onDatagram: @escaping (Span<UInt8>) -> Void
    ) {
        let family = base.address.isIPv6 ? AF_INET6 : AF_INET
        let type = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(family, type, 0)
        guard descriptor >= 0 else { return nil }
        // Two sockets may share an address if both say so at the time of the second bind. The other
        // one says so no longer than that: nobody else is to join it.
        Self.setReuse(sibling, true)
        Self.setReuse(descriptor, true)
        // SAFETY: both addresses are our own copies, of the size that their family has.
        let isBound = unsafe base.withSocketAddress { unsafe bind(descriptor, $0, $1) } == 0
        Self.setReuse(sibling, false)
        guard isBound, unsafe server.withSocketAddress({ unsafe connect(descriptor, $0, $1) }) == 0 else {
            Glibc.close(descriptor)
            return nil
        }
        self.descriptor = descriptor
        self.onDatagram = onDatagram
        watch = DescriptorWatch(loop: loop, descriptor: descriptor) { [weak self] _ in self?.receive() }
        watch?.interest = .input
    }

    deinit { close() }

    /// Sends to the server; what the system does not take is lost.
    func send(_ bytes: [UInt8]) {
        // SAFETY: the array outlives the call.
        _ = unsafe bytes.withUnsafeBytes { bytes in
            unsafe Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
        }
    }

    func close() {
        guard let watch else { return }
        watch.close()
        self.watch = nil
        Glibc.close(descriptor)
    }

    private func receive() {
        var buffer = [UInt8](repeating: 0, count: 1500)
        while watch != nil {
            // SAFETY: recv writes at most the buffer's size.
            let count = unsafe buffer.withUnsafeMutableBytes { buffer in
                unsafe recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
            }
            // A refused port (ICMP) is reported here too; the retransmissions of the query decide.
            guard count > 0 else { return }
            onDatagram(buffer.span.extracting(0..<count))
        }
    }

    // SAFETY: the system reads a local variable, whose size is given.
    private static func setReuse(_ descriptor: Int32, _ on: Bool) {
        var value: Int32 = on ? 1 : 0
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &value, socklen_t(MemoryLayout<Int32>.size))
    }
}
