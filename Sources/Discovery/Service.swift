/// Where a service was seen.
public enum DiscoverySource: String, Sendable, Hashable {
    /// The mDNS daemon: the service is on this link.
    case daemon
    /// The directory of advertisements of this machine: see
    /// ``DiscoveryConfiguration/registryDirectory``.
    case registry
}

/// One instance of a DNS-SD service, resolved (RFC 6763).
public struct Service: Sendable, Hashable {
    /// The instance name, at most 63 bytes of UTF-8; unique among the services of its type and
    /// domain.
    public var name: String
    /// The service type, for example `_meshchat._tcp`.
    public var type: String
    /// The domain, `local` without the final dot.
    public var domain: String
    /// The host that offers the service, for example `alpha.local`, without the final dot.
    public var host: String
    /// The port of the service, in host order.
    public var port: UInt16
    /// The TXT record. Keys are in lower case; entries that are not UTF-8 are left out (RFC 6763
    /// §6).
    public var txt: [String: String]
    /// Addresses of the host as text: IPv4 first, link-local IPv6 last and with its zone
    /// (`fe80::1%eth0`). Empty when the host's name could not be resolved.
    public var addresses: [String]
    /// Where the service was seen. The daemon's view replaces the registry's.
    public var source: DiscoverySource

    /// A service from its parts.
    public init(
        name: String, type: String, domain: String = "local", host: String, port: UInt16, txt: [String: String] = [:],
        addresses: [String] = [], source: DiscoverySource
    ) {
        self.name = name
        self.type = type
        self.domain = domain
        self.host = host
        self.port = port
        self.txt = txt
        self.addresses = addresses
        self.source = source
    }
}

/// A change in what a ``ServiceBrowser`` sees.
public enum ServiceEvent: Sendable, Hashable {
    /// A service appeared; it is resolved.
    case found(Service)
    /// A service that was found has another host, port, TXT record, set of addresses or source.
    case changed(Service)
    /// A service went away; the value is how it was last seen.
    case lost(Service)

    /// The service the event is about.
    public var service: Service {
        switch self {
        case .found(let service), .changed(let service), .lost(let service): service
        }
    }
}
