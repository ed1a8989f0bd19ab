internal import NIOCore

/// The addresses of this machine.
package enum HostNetwork {
    /// Every address of an interface that is up, as text without a zone.
    package static var addresses: Set<String> {
        Set(devices.compactMap { $0.address?.ipAddress.map(withoutZone) })
    }

    /// Whether there is no address but loopback's, as in a container without a network.
    package static var hasOnlyLoopback: Bool {
        devices.allSatisfy { $0.address.flatMap(\.ipAddress).map(isLoopback) ?? true }
    }

    /// Interface names with their addresses, for people.
    package static var interfaces: [(name: String, addresses: [String])] {
        Dictionary(grouping: devices.filter { $0.address?.ipAddress != nil }, by: \.name)
            .map { ($0.key, $0.value.compactMap { $0.address?.ipAddress }) }
            .sorted { $0.0 < $1.0 }
    }

    /// Whether one of these is an address of this machine.
    package static func isThisHost(_ addresses: [String]) -> Bool {
        let own = self.addresses
        return addresses.contains { isLoopback($0) || own.contains(withoutZone($0)) }
    }

    static func isLoopback(_ address: String) -> Bool {
        address.hasPrefix("127.") || address == "::1"
    }

    private static func withoutZone(_ address: String) -> String {
        String(address.prefix { $0 != "%" })
    }

    private static var devices: [NIONetworkDevice] {
        (try? System.enumerateDevices()) ?? []
    }
}
