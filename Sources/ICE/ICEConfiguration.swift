package import TransportTypes

/// How an ``ICEAgent`` gathers and checks.
package struct ICEConfiguration: Sendable {
    /// The W3C's RTCIceTransportPolicy.
    package enum TransportPolicy: String, Hashable, Sendable {
        /// Every kind of candidate.
        case all
        /// Only relayed candidates: the peer learns no address of this host.
        case relay
    }

    /// STUN and TURN servers; all are asked at the same time.
    package var servers: [ICEServer] = []
    /// Whom servers over TLS are believed of.
    package var tlsRoots = TLSRoots.system
    /// Which candidates may be used.
    package var transportPolicy = TransportPolicy.all
    /// The ports that host candidates may have; nil lets the system choose.
    package var portRange: ClosedRange<UInt16>?
    /// Ta, the time between two connectivity checks: RFC 8445 §14.2. Whole milliseconds from 5, its
    /// lower bound, to 1000. The RFC's default is 50 ms, meant for hosts that do nothing about
    /// their rate; 5 ms is what the RFC allows and what makes a connection in a LAN ready within a
    /// few milliseconds.
    package var checkInterval = Duration.milliseconds(5)
    /// Also offers 127.0.0.1 and ::1.
    package var includesLoopback = false
    /// Also offers IPv6 addresses.
    package var includesIPv6 = true
    /// Offers UDP candidates.
    package var udpCandidates = true
    /// Also offers TCP candidates: RFC 6544.
    package var tcpCandidates = false
    /// Says which interface addresses take part; nil takes all. Called on the loop.
    package var interfaceFilter: (@Sendable (NetworkInterface) -> Bool)?
    /// What host candidates are told with in the place of local addresses.
    package var externalAddresses: [ExternalAddress] = []
    /// The initial role; a conflict is solved by the tie-breaker (RFC 8445 §7.3.1.1).
    package var role = ICERole.controlling
    /// This end's credentials; nil lets libnice choose them. Given where a description announced
    /// them before.
    package var credentials: ICECredentials?
    /// Remote candidates may come one by one (RFC 8838): without any, nothing fails before
    /// ``ICEAgent/remoteCandidatesEnded()``.
    package var trickle = true
    /// Stops sending to a peer that no longer answers: RFC 7675.
    package var consentFreshness = true
    /// How long after the last answer a silent peer is given up: RFC 7675 §5.1 says 30 s. libnice
    /// stops sending after 10.
    package var consentExpiry = Duration.seconds(30)
    /// The PAC timer, for "patiently awaiting connectivity" (RFC 8863 §3): how long a component
    /// without a nominated pair, and without a check under way, waits before it fails. The peer may
    /// not have its answer yet, or nominate late; Chromium does so after 6 s where it has better
    /// candidates in mind. 0 to 60 s.
    package var pacTimer = Duration.seconds(15)
    /// The receive and send buffer asked of the system for each UDP socket; the system may give
    /// less. Bursts of up to 64 datagrams arrive at once and have to wait somewhere. Memory is only
    /// used when they do.
    package var socketBufferBytes = 2 << 20
    /// Gathering is declared complete after this time whatever servers and resolvers still do; 0.1
    /// to 60 s.
    package var gatheringTimeout = Duration.seconds(6)

    package init() {}
}

extension ICEConfiguration {
    /// - Throws: ``ICEError/Code-swift.struct/invalidConfiguration``, naming the setting.
    func validate() throws(ICEError) {
        guard checkInterval >= .milliseconds(5), checkInterval <= .seconds(1) else {
            throw ICEError(.invalidConfiguration, "checkInterval is \(checkInterval): 5 ms to 1 s (RFC 8445 §14.2)")
        }
        guard pacTimer >= .zero, pacTimer <= .seconds(60) else {
            throw ICEError(.invalidConfiguration, "pacTimer is \(pacTimer): 0 to 60 s")
        }
        guard gatheringTimeout >= .milliseconds(100), gatheringTimeout <= .seconds(60) else {
            throw ICEError(.invalidConfiguration, "gatheringTimeout is \(gatheringTimeout): 0.1 to 60 s")
        }
        guard consentExpiry >= .seconds(11), consentExpiry <= .seconds(30) else {
            throw ICEError(.invalidConfiguration, "consentExpiry is \(consentExpiry): 11 to 30 s (RFC 7675 §5.1)")
        }
        guard udpCandidates || tcpCandidates else {
            throw ICEError(.invalidConfiguration, "udpCandidates and tcpCandidates are both off: nothing to gather")
        }
        guard portRange?.lowerBound != 0 else {
            throw ICEError(.invalidConfiguration, "portRange starts at 0: 1 to 65535, or nil for any port")
        }
        _ = try ExternalAddresses(externalAddresses)
        guard (1 << 12...1 << 30).contains(socketBufferBytes) else {
            throw ICEError(.invalidConfiguration, "socketBufferBytes is \(socketBufferBytes): 4 KiB to 1 GiB")
        }
    }
}
