// Both: which of them the system's names come from depends on which is read first.
internal import CLinux
internal import Glibc

/// The sockets of a one-shot mDNS query: one with a port of its own for unicast answers (RFC 6762
/// §5.1), and, when nobody forbids it, one on port 5353 for responders that answer only by
/// multicast, as browsers do.
@safe struct MulticastSockets: Sendable {
    static let port: UInt16 = 5353
    static let group: UInt32 = 0xE000_00FB  // 224.0.0.251

    let descriptors: [Int32]
    private let interfaces: [Interface]

    private struct Interface: Sendable {
        let index: Int32
        let address: UInt32
    }

    init() throws(DiscoveryError) {
        interfaces = Self.multicastInterfaces()
        guard let unicast = Self.open(port: 0, shared: false) else {
            throw DiscoveryError(.system, "no UDP socket for a multicast DNS query", nativeCode: errno)
        }
        guard let multicast = Self.open(port: Self.port, shared: true) else {
            descriptors = [unicast]
            return
        }
        // SAFETY: setsockopt reads the local structures during the call.
        for interface in interfaces {
            var membership = ip_mreqn()
            membership.imr_multiaddr.s_addr = Self.group.bigEndian
            membership.imr_ifindex = interface.index
            _ = unsafe setsockopt(
                multicast, Int32(IPPROTO_IP), IP_ADD_MEMBERSHIP, &membership, socklen_t(MemoryLayout<ip_mreqn>.size))
        }
        descriptors = [unicast, multicast]
    }

    /// Sends the query on every interface that carries multicast; true when it went out somewhere.
    func send(_ query: [UInt8]) -> Bool {
        var sent = false
        // SAFETY: the C calls read the local structures and the array during the call.
        for interface in interfaces {
            var selected = ip_mreqn()
            selected.imr_ifindex = interface.index
            selected.imr_address.s_addr = interface.address
            var destination = Self.address(Self.group, port: Self.port)
            guard
                unsafe setsockopt(
                    descriptors[0], Int32(IPPROTO_IP), IP_MULTICAST_IF, &selected,
                    socklen_t(MemoryLayout<ip_mreqn>.size)) == 0
            else { continue }
            let count = unsafe withUnsafePointer(to: &destination) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    unsafe sendto(
                        descriptors[0], query, query.count, Int32(MSG_NOSIGNAL), address,
                        socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            if count == query.count { sent = true }
        }
        return sent
    }

    /// The next datagram of a socket, nil when none waits.
    func receive(from descriptor: Int32) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 9000)  // RFC 6762 §17
        // SAFETY: writes at most `count` bytes into the array.
        let count = unsafe recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        return count > 0 ? Array(buffer.prefix(count)) : nil
    }

    func close() {
        for descriptor in descriptors { _ = Glibc.close(descriptor) }
    }

    private static func open(port: UInt16, shared: Bool) -> Int32? {
        let type = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_INET, type, 0)
        guard descriptor >= 0 else { return nil }
        // SAFETY: the C calls read the local structures during the call.
        var on: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        if shared {
            _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, size)
            _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, size)
        }
        _ = unsafe setsockopt(descriptor, Int32(IPPROTO_IP), IP_MULTICAST_LOOP, &on, size)
        var hops: Int32 = 255  // RFC 6762 §11
        _ = unsafe setsockopt(descriptor, Int32(IPPROTO_IP), IP_MULTICAST_TTL, &hops, size)
        var local = address(0, port: port)
        let status = unsafe withUnsafePointer(to: &local) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(descriptor, address, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else {
            _ = Glibc.close(descriptor)
            return nil
        }
        return descriptor
    }

    private static func address(_ address: UInt32, port: UInt16) -> sockaddr_in {
        var result = sockaddr_in()
        result.sin_family = sa_family_t(AF_INET)
        result.sin_port = port.bigEndian
        result.sin_addr.s_addr = address.bigEndian
        return result
    }

    /// Interfaces that are up, have an IPv4 address, and carry multicast or are the loopback.
    private static func multicastInterfaces() -> [Interface] {
        var list: UnsafeMutablePointer<ifaddrs>?
        // SAFETY: the list is valid from getifaddrs until freeifaddrs; an entry's address may be
        // null.
        guard unsafe getifaddrs(&list) == 0 else { return [] }
        defer { unsafe freeifaddrs(list) }
        var found: [Int32: Interface] = [:]
        var next = unsafe list
        while let entry = unsafe next {
            unsafe next = entry.pointee.ifa_next
            let flags = unsafe entry.pointee.ifa_flags
            guard let address = unsafe entry.pointee.ifa_addr, unsafe Int32(address.pointee.sa_family) == AF_INET,
                flags & UInt32(IFF_UP) != 0,
                flags & UInt32(IFF_MULTICAST | IFF_LOOPBACK) != 0
            else { continue }
            let value = unsafe address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { pointer in
                unsafe pointer.pointee.sin_addr.s_addr
            }
            let index = Int32(clamping: unsafe if_nametoindex(entry.pointee.ifa_name))
            if index > 0, found[index] == nil { found[index] = Interface(index: index, address: value) }
        }
        return found.values.sorted { $0.index < $1.index }
    }
}
