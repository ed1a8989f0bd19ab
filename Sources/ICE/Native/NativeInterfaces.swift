internal import CNice
internal import Glibc
internal import NetworkLoop
internal import Synchronization
internal import TransportTypes

extension NetworkInterface {
    /// The addresses of the interfaces that are up, in the system's order.
    static func all() -> [NetworkInterface] {
        var first: UnsafeMutablePointer<ifaddrs>?
        // SAFETY: getifaddrs fills a list that is valid until freeifaddrs; everything is copied
        // before that.
        guard unsafe getifaddrs(&first) == 0 else { return [] }
        defer { unsafe freeifaddrs(first) }
        var found: [NetworkInterface] = []
        var next = unsafe first
        while let entry = unsafe next {
            unsafe next = entry.pointee.ifa_next
            let flags = unsafe entry.pointee.ifa_flags
            guard flags & UInt32(IFF_UP) != 0, let socketAddress = unsafe entry.pointee.ifa_addr,
                let address = unsafe ipAddress(socketAddress)
            else { continue }
            let name = unsafe String(cString: entry.pointee.ifa_name)
            let isLoopback = flags & UInt32(IFF_LOOPBACK) != 0
            found.append(NetworkInterface(name: name, address: address, isLoopback: isLoopback))
        }
        return found
    }

    /// The same, as it was at most a second ago: for many connections that are made together.
    static func recent() -> [NetworkInterface] {
        // How old what the system has told is, for the whole process: by the system's clock.
        let now = LoopClock.monotonic.now
        if let known = lastSeen.withLock({ $0 }), now - min(now, known.time) < .seconds(1) { return known.list }
        let list = all()
        lastSeen.withLock { $0 = (now, list) }
        return list
    }

    private static let lastSeen = Mutex<(time: Duration, list: [NetworkInterface])?>(nil)

    private static func ipAddress(_ address: UnsafeMutablePointer<sockaddr>) -> IPAddress? {
        // SAFETY: sa_family says which structure the pointer leads to.
        switch unsafe Int32(address.pointee.sa_family) {
        case AF_INET:
            return unsafe address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { address in
                unsafe withUnsafeBytes(of: address.pointee.sin_addr) { unsafe IPAddress(bytes: Array($0)) }
            }
        case AF_INET6:
            return unsafe address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { address in
                unsafe withUnsafeBytes(of: address.pointee.sin6_addr) { unsafe IPAddress(bytes: Array($0)) }
            }
        default: return nil
        }
    }
}
