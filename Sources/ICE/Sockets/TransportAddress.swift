package import TransportTypes

/// An IP address and a port.
package struct TransportAddress: Hashable, Sendable {
    /// The address.
    package var address: IPAddress
    /// The port.
    package var port: UInt16

    package init(address: IPAddress, port: UInt16) {
        self.address = address
        self.port = port
    }

    /// - Returns: nil if `address` is not an IP address.
    package init?(_ address: String, port: UInt16) {
        guard let address = IPAddress(address) else { return nil }
        self.init(address: address, port: port)
    }
}

extension TransportAddress: CustomStringConvertible {
    /// `192.0.2.1:3478`, `[2001:db8::1]:3478`.
    package var description: String { address.isIPv6 ? "[\(address)]:\(port)" : "\(address):\(port)" }
}
