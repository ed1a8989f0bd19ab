package import TransportTypes

/// An address of an interface of this host, for deciding which take part.
public struct NetworkInterface: Hashable, Sendable {
    /// Such as `eth0`.
    public let name: String
    /// One of its addresses.
    package let address: IPAddress
    /// True for the loopback interface.
    public let isLoopback: Bool

    /// The address in its usual notation.
    public var ipAddress: String { address.description }
    /// Whether the address is of IPv6.
    public var isIPv6: Bool { address.isIPv6 }

    package init(name: String, address: IPAddress, isLoopback: Bool) {
        self.name = name
        self.address = address
        self.isLoopback = isLoopback
    }
}
