internal import CNice
internal import Glibc

extension TransportAddress {
    /// Calls `body` with the address as the system takes it.
    func withSocketAddress(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var native = NiceAddress()
        write(to: &native)
        // SAFETY: the size is that of the family that the address says.
        guard let pointer = unsafe rtc_nice_sockaddr(&native) else { return -1 }
        return unsafe body(pointer, rtc_sockaddr_size(pointer))
    }

    /// The address of a socket's own end, or of its peer.
    init?(of descriptor: Int32, isPeer: Bool) {
        var native = NiceAddress()
        var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
        // SAFETY: a NiceAddress is a union that holds an address of either family.
        let status = unsafe withUnsafeMutablePointer(to: &native) { pointer in
            let pointer = unsafe UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: sockaddr.self)
            return unsafe isPeer ? getpeername(descriptor, pointer, &size) : getsockname(descriptor, pointer, &size)
        }
        guard status == 0 else { return nil }
        self.init(native)
    }

    /// The address that a socket is bound to; nil for what is no UDP socket.
    init?(boundTo descriptor: Int32) {
        var type: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        // SAFETY: each call is told the size of what it fills.
        guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) == 0,
            type == Int32(SOCK_DGRAM.rawValue)
        else { return nil }
        self.init(of: descriptor, isPeer: false)
    }
}
