package import TransportTypes

/// The list of external addresses, read.
package struct ExternalAddresses: Sendable {
    private var byLocal: [IPAddress: IPAddress] = [:]
    private var forAll: (v4: IPAddress?, v6: IPAddress?) = (nil, nil)

    /// - Throws: `ICEError.Code.invalidConfiguration`, which names the entry and
    ///   what is wrong with it.
    package init(_ list: [ExternalAddress]) throws(ICEError) {
        for (index, entry) in list.enumerated() {
            let place = "externalAddresses[\(index)]"
            let address = try Self.read(entry.address, place)
            guard !address.isUnspecified, !address.isMulticast, !address.isIPv6LinkLocal else {
                throw ICEError(
                    .invalidConfiguration, "\(place): no peer can reach \(address); give the address of the outside")
            }
            guard let text = entry.local else {
                guard self.forAll(isIPv6: address.isIPv6) == nil else {
                    throw ICEError(
                        .invalidConfiguration,
                        "\(place): \(address) is the second \(address.isIPv6 ? "IPv6" : "IPv4") address for all; say for which"
                    )
                }
                if address.isIPv6 { forAll.v6 = address } else { forAll.v4 = address }
                continue
            }
            let local = try Self.read(text, "\(place).local")
            guard local.isIPv6 == address.isIPv6 else {
                throw ICEError(.invalidConfiguration, "\(place): \(local) and \(address) are not of one family")
            }
            guard byLocal.updateValue(address, forKey: local) == nil else {
                throw ICEError(.invalidConfiguration, "\(place): \(local) has an external address already")
            }
        }
    }

    private static func read(_ text: String, _ place: String) throws(ICEError) -> IPAddress {
        guard let address = IPAddress(text) else {
            throw ICEError(.invalidConfiguration, "\(place): '\(text)' is no IP address; names are not looked up here")
        }
        return address
    }

    private func forAll(isIPv6: Bool) -> IPAddress? { isIPv6 ? forAll.v6 : forAll.v4 }

    /// What stands for a local address outside; nil if it is told as it is.
    package subscript(_ local: IPAddress) -> IPAddress? {
        byLocal[local] ?? (local.isLoopback ? nil : forAll(isIPv6: local.isIPv6))
    }

    package var isEmpty: Bool { byLocal.isEmpty && forAll.v4 == nil && forAll.v6 == nil }
}
