internal import TransportTypes

/// The address that a host has for the outside where it does not know it itself: behind a 1:1 NAT,
/// as in most clouds, or in a container. Host candidates are told with it, in the place of the
/// local one; the port stays, so that port must be forwarded.
///
/// A string literal is an address for all: `externalAddresses: ["203.0.113.5"]`.
public struct ExternalAddress: Hashable, Sendable, ExpressibleByStringLiteral {
    /// An IPv4 or IPv6 address without brackets, port or zone.
    public var address: String
    /// The address of the interface that it stands for, of the same family; nil for all of that
    /// family that have no entry of their own, except loopback.
    public var local: String?

    /// Nothing is checked here; `ICEError.Code.invalidConfiguration` tells of what
    /// cannot be used.
    public init(_ address: String, for local: String? = nil) {
        self.address = address
        self.local = local
    }

    /// An address for all of its family.
    public init(stringLiteral address: String) { self.init(address) }
}
