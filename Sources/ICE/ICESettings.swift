public import TransportTypes

/// What a server may want to say about addresses, ports and pacing, and a browser cannot.
public struct ICESettings: Sendable {
    /// The UDP ports to use; nil leaves the choice to the system.
    public var portRange: ClosedRange<UInt16>?
    /// Offers 127.0.0.1 and ::1 too; for tests and for two processes on one host.
    public var includesLoopback: Bool
    /// Offers IPv6 addresses.
    public var includesIPv6: Bool
    /// Offers ICE-TCP candidates as well (RFC 6544); one more descriptor per address.
    public var tcpCandidates: Bool
    /// Addresses of the outside that host candidates have in the place of local ones: behind a 1:1
    /// NAT or in a container, where the ports of ``portRange`` are forwarded. Empty, the default,
    /// tells the local addresses. An address that no peer could use, or two for one, is a
    /// `RangeError`.
    public var externalAddresses: [ExternalAddress]
    /// The pause between connectivity checks, Ta of RFC 8445 §14: at least 5 ms, which is the
    /// default and right for a LAN; the RFC recommends 50 ms where the path is narrow.
    public var checkInterval: Duration
    /// The PAC timer, for "patiently awaiting connectivity" (RFC 8863): how long ICE waits for the
    /// peer, when nothing is left to check, before it fails, 0 to 60 s. A shorter time tells of a
    /// peer out of reach sooner, and gives up on one that is slow.
    public var pacTimer: Duration
    /// How long the data channels of a connection whose path has failed wait for an ICE restart;
    /// then they close with a `NetworkError`. 0 to one hour. ICE itself fails 30 s after the peer
    /// was last heard (RFC 7675 §5.1).
    public var restartTimeout: Duration
    /// Whom the certificates of `turns:` servers are believed of. The name in the URL is compared
    /// with them in any case.
    public var tlsRoots: TLSRoots
    /// Finds the addresses behind `.local` names, which browsers have in their candidates (RFC
    /// 8828). nil, the default, asks the link; `LocalNameResolver.daemon` of the module Discovery
    /// asks the mDNS daemon, whose cache knows names already.
    public var localNames: (any LocalNameResolving)?
    /// Chooses the interfaces whose addresses are offered; nil takes all that are up.
    public var interfaceFilter: (@Sendable (NetworkInterface) -> Bool)?

    /// The defaults: any port, no loopback, IPv6, UDP only, checks every 5 ms, a quarter of a
    /// minute for a slow peer, half a minute for a restart, and for TLS the authorities that the
    /// system trusts.
    public init(
        portRange: ClosedRange<UInt16>? = nil,
        includesLoopback: Bool = false,
        includesIPv6: Bool = true,
        tcpCandidates: Bool = false,
        externalAddresses: [ExternalAddress] = [],
        checkInterval: Duration = .milliseconds(5),
        pacTimer: Duration = .seconds(15),
        restartTimeout: Duration = .seconds(30),
        tlsRoots: TLSRoots = .system,
        localNames: (any LocalNameResolving)? = nil,
        interfaceFilter: (@Sendable (NetworkInterface) -> Bool)? = nil
    ) {
        self.portRange = portRange
        self.includesLoopback = includesLoopback
        self.includesIPv6 = includesIPv6
        self.tcpCandidates = tcpCandidates
        self.externalAddresses = externalAddresses
        self.checkInterval = checkInterval
        self.pacTimer = pacTimer
        self.restartTimeout = restartTimeout
        self.tlsRoots = tlsRoots
        self.localNames = localNames
        self.interfaceFilter = interfaceFilter
    }
}

extension ICESettings {
    /// - Throws: `ICEError.Code.invalidConfiguration`, naming the setting.
    package func validate() throws(ICEError) {
        guard checkInterval >= .milliseconds(5), checkInterval <= .seconds(1) else {
            throw Self.failure("checkInterval is \(checkInterval): 5 ms to 1 s (RFC 8445 §14.2)")
        }
        guard pacTimer >= .zero, pacTimer <= .seconds(60) else {
            throw Self.failure("pacTimer is \(pacTimer): 0 to 60 s")
        }
        guard restartTimeout >= .zero, restartTimeout <= .seconds(3600) else {
            throw Self.failure("restartTimeout is \(restartTimeout): 0 to one hour")
        }
        guard portRange?.lowerBound != 0 else {
            throw Self.failure("portRange starts at 0: 1 to 65535, or nil for any port")
        }
        _ = try ExternalAddresses(externalAddresses)
    }

    private static func failure(_ text: String) -> ICEError { ICEError(.invalidConfiguration, text) }
}
