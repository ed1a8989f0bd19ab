internal import CGLib
internal import CNice
internal import Glibc
internal import NetworkLoop

/// A socket for asking one STUN server what address one of libnice's sockets has for it.
///
/// libnice drops STUN responses to requests that are not its own, so they must not reach its socket. This one is bound
/// to the same address and port, and connected to the server: the kernel then gives it what comes from the server, and
/// everything else still goes to libnice. To a NAT both are the same, so the mapping is the one that peers will use.
///
/// Used on the loop only.
@safe final class STUNSocket {
    /// What C calls back with.
    private final class Target {
        weak var socket: STUNSocket?
    }

    private let descriptor: Int32
    private let source: UnsafeMutablePointer<GSource>
    private let target: Unmanaged<Target>
    private let onDatagram: (Span<UInt8>) -> Void
    private var isClosed = false

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
        // Two sockets may share an address if both say so at the time of the second bind. The other one says so no
        // longer than that: nobody else is to join it.
        Self.setReuse(sibling, true)
        Self.setReuse(descriptor, true)
        var local = NiceAddress()
        var remote = NiceAddress()
        base.write(to: &local)
        server.write(to: &remote)
        // SAFETY: both addresses are our own copies, of the size that their family has.
        let isBound = unsafe Self.withSocketAddress(&local) { unsafe bind(descriptor, $0, $1) } == 0
        Self.setReuse(sibling, false)
        guard isBound, unsafe Self.withSocketAddress(&remote, { unsafe connect(descriptor, $0, $1) }) == 0 else {
            Glibc.close(descriptor)
            return nil
        }
        self.descriptor = descriptor
        self.onDatagram = onDatagram
        let object = Target()
        // SAFETY: the target is released and the source destroyed in close(), which runs on the loop, where the source
        // is dispatched: no callback comes after it.
        unsafe target = Unmanaged.passRetained(object)
        unsafe source = rtc_loop_source_new { context in
            guard let context = unsafe context else { return 0 }
            return unsafe Unmanaged<Target>.fromOpaque(context).takeUnretainedValue().socket?.receive() == true ? 1 : 0
        }
        unsafe rtc_loop_source_set_context(source, target.toOpaque())
        unsafe _ = g_source_add_unix_fd(source, descriptor, G_IO_IN)
        unsafe g_source_attach(source, loop.context)
        object.socket = self
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
        guard !isClosed else { return }
        isClosed = true
        unsafe g_source_destroy(source)
        unsafe g_source_unref(source)
        unsafe target.release()
        Glibc.close(descriptor)
    }

    /// Reads what is there; false when the socket is closed.
    private func receive() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 1500)
        while !isClosed {
            // SAFETY: recv writes at most the buffer's size.
            let count = unsafe buffer.withUnsafeMutableBytes { buffer in
                unsafe recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
            }
            // A refused port (ICMP) is reported here too; the retransmissions of the query decide.
            guard count > 0 else { return true }
            onDatagram(buffer.span.extracting(0..<count))
        }
        return false
    }

    private static func setReuse(_ descriptor: Int32, _ on: Bool) {
        var value: Int32 = on ? 1 : 0
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func withSocketAddress(
        _ address: inout NiceAddress, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        guard let pointer = unsafe rtc_nice_sockaddr(&address) else { return -1 }
        return unsafe body(pointer, rtc_sockaddr_size(pointer))
    }
}
