package import NetworkLoop
package import TransportTypes

/// What finds a way to the peer and carries datagrams over it, as the transport on it sees that.
///
/// ``ICEAgent`` is the one on sockets. A simulation has another, so that all that stands on it can
/// run in one thread, with a clock that is moved by hand. Not Sendable: it lives on one loop, where
/// every call is made and every report comes.
package protocol Path: AnyObject {
    // MARK: Session

    /// This end's credentials, new after each restart; nil once closed.
    var localCredentials: ICECredentials? { get }
    /// The peer's credentials of the present generation.
    var remoteCredentials: ICECredentials? { get }
    /// What this end has offered in the present generation.
    var localCandidates: [ICECandidate] { get }
    /// The present state.
    var state: ICETransportState { get }
    /// How far gathering is.
    var gatheringState: ICEGatheringState { get }
    /// The username fragment that the candidates are told with; ahead of ``localCredentials``
    /// before a restart.
    var announcedUsernameFragment: String? { get }
    /// Who nominates (RFC 8445 §6.1.1).
    var role: ICERole { get set }
    /// Whether the first pair that this end nominates is kept while it works.
    var keepsFirstPair: Bool { get set }

    /// Takes other servers and another policy for the next gathering.
    func setServers(_ servers: [ICEServer], transportPolicy: ICEConfiguration.TransportPolicy) throws(ICEError)
    /// Starts gathering, once.
    func gather() throws(ICEError)
    /// Gathers anew for a restart that is to come; nothing else changes.
    func gather(for credentials: ICECredentials, role: ICERole?) throws(ICEError)
    /// The restart that ``gather(for:role:)`` was called for does not come.
    func withdrawAnnouncement()
    /// Begins a new generation (RFC 8445 §9).
    func restart(credentials: ICECredentials?, gathers: Bool) throws(ICEError)
    /// The peer's credentials.
    func setRemoteCredentials(_ credentials: ICECredentials) throws(ICEError)
    /// A candidate of the peer's, with an address.
    func addRemoteCandidate(_ candidate: ICECandidate) throws(ICEError)
    /// The peer has no more candidates (RFC 8838 §14).
    func remoteCandidatesEnded()
    /// Ends it: nothing is reported from here on. The completion is called on the loop when its
    /// sockets are closed.
    func close(completion: @escaping @Sendable () -> Void)

    // MARK: Datagrams

    /// What has gone over it so far.
    var statistics: ICEStatistics { get }
    /// What has just come over it is the peer's: nobody else could have encrypted it.
    func heardPeer()
    /// Sends datagrams of `segmentSize` bytes that lie back to back; the last may be shorter.
    /// Returns how many were taken.
    @discardableResult
    func send(batch: Span<UInt8>, segmentSize: Int) -> Int
    /// Sends one datagram that no host on the way may cut into fragments; not at all where nothing
    /// could be learned from it.
    @discardableResult
    func send(unfragmented datagram: Span<UInt8>) -> ICEAgent.SendResult
    /// The two bits of ECN that datagrams leave with from here on (RFC 3168 §5); 0 for none.
    func mark(ecn: UInt8)
    /// Whether ``arrivalECN`` is to be known.
    func readECN(_ reads: Bool)
    /// The ECN bits with which the datagrams have come that are being handed over; 0 where they are
    /// not known.
    var arrivalECN: UInt8 { get }
}

extension Path {
    /// Of no meaning where consent is not asked for.
    package func heardPeer() {}

    // Of no meaning where nothing tells of congestion.
    package func mark(ecn: UInt8) {}
    package func readECN(_ reads: Bool) {}
    package var arrivalECN: UInt8 { 0 }
}

/// Makes the path of a transport on its loop. The delegate is held weakly.
package typealias PathMaker =
    @Sendable (NetworkLoop, ICEConfiguration, any PathDelegate) throws(ICEError) -> any Path

extension ICEAgent: Path {
    /// Paths on sockets.
    package static let paths: PathMaker = { loop, configuration, delegate throws(ICEError) in
        try ICEAgent(loop: loop, configuration: configuration, delegate: delegate)
    }
}
