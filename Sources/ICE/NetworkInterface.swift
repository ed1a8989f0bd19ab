/// An address of an interface of this host, for deciding which take part.
package struct NetworkInterface: Hashable, Sendable {
    /// Such as `eth0`.
    package let name: String
    /// One of its addresses.
    package let address: IPAddress
    /// True for the loopback interface.
    package let isLoopback: Bool

    package init(name: String, address: IPAddress, isLoopback: Bool) {
        self.name = name
        self.address = address
        self.isLoopback = isLoopback
    }
}
