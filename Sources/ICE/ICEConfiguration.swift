package import TransportTypes

/// How an ``ICEAgent`` gathers and checks: what the application has set, which are members of this,
/// too, and what whoever makes the agent decides.
@dynamicMemberLookup
package struct ICEConfiguration: Sendable {
    /// The W3C's RTCIceTransportPolicy.
    package enum TransportPolicy: String, Hashable, Sendable {
        /// Every kind of candidate.
        case all
        /// Only relayed candidates: the peer learns no address of this host.
        case relay
    }

    /// What the application has set.
    package var settings = ICESettings()
    /// STUN and TURN servers; all are asked at the same time.
    package var servers: [ICEServer] = []
    /// Which candidates may be used.
    package var transportPolicy = TransportPolicy.all
    /// Offers UDP candidates.
    package var udpCandidates = true
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
    /// The receive and send buffer asked of the system for each UDP socket; the system may give
    /// less. Bursts of up to 64 datagrams arrive at once and have to wait somewhere. Memory is only
    /// used when they do.
    package var socketBufferBytes = 2 << 20
    /// Gathering is declared complete after this time whatever servers and resolvers still do; 0.1
    /// to 60 s.
    package var gatheringTimeout = Duration.seconds(6)

    package init() {}

    /// A setting of the application's.
    package subscript<Value>(dynamicMember setting: WritableKeyPath<ICESettings, Value>) -> Value {
        get { settings[keyPath: setting] }
        set { settings[keyPath: setting] = newValue }
    }
}

extension ICEConfiguration {
    /// - Throws: `ICEError.Code.invalidConfiguration`, naming the setting.
    func validate() throws(ICEError) {
        try settings.validate()
        guard gatheringTimeout >= .milliseconds(100), gatheringTimeout <= .seconds(60) else {
            throw ICEError(.invalidConfiguration, "gatheringTimeout is \(gatheringTimeout): 0.1 to 60 s")
        }
        guard consentExpiry >= .seconds(11), consentExpiry <= .seconds(30) else {
            throw ICEError(.invalidConfiguration, "consentExpiry is \(consentExpiry): 11 to 30 s (RFC 7675 §5.1)")
        }
        guard udpCandidates || settings.tcpCandidates else {
            throw ICEError(.invalidConfiguration, "udpCandidates and tcpCandidates are both off: nothing to gather")
        }
        guard (1 << 12...1 << 30).contains(socketBufferBytes) else {
            throw ICEError(.invalidConfiguration, "socketBufferBytes is \(socketBufferBytes): 4 KiB to 1 GiB")
        }
    }
}
