/// Where a node's signaling server listens.
package struct ServerEndpoint: Sendable, Hashable {
    /// Addresses or names to try, best first.
    package var hosts: [String]
    package var port: UInt16
    /// Whether that node runs on this machine.
    package var isSameHost: Bool

    package init(hosts: [String], port: UInt16, isSameHost: Bool) {
        self.hosts = hosts
        self.port = port
        self.isSameHost = isSameHost
    }

    /// Whether both lead to one server: the same port at an address that both name.
    func isSame(as other: ServerEndpoint) -> Bool {
        port == other.port && (isSameHost && other.isSameHost || hosts.contains { other.hosts.contains($0) })
    }

    /// The WebSocket URLs to try, in order.
    package var urls: [String] {
        hosts.map { host in
            // RFC 3986 §3.2.2: an IPv6 address stands in brackets.
            host.contains(":") ? "ws://[\(host)]:\(port)/ws" : "ws://\(host):\(port)/ws"
        }
    }
}
