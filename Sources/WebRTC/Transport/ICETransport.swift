internal import AsyncQueues
internal import DTLS
internal import ICE
internal import SCTP
internal import Synchronization
public import TransportTypes

/// W3C `RTCIceTransport` §5.6. Readable from any thread.
public final class ICETransport: Sendable {
    struct Values: Sendable {
        var state = ICETransportState.new
        var gatheringState = ICEGatheringState.new
        var role: ICERole?
        var selectedPair: ICECandidatePair?
        var localCandidates: [ICECandidate] = []
        var remoteCandidates: [ICECandidate] = []
        /// The peer has said that it has no more candidates.
        var hasRemoteEnded = false
        /// There was a pair once, with this peer.
        var hadPair = false
        /// A check of the peer's has come.
        var hasHeardCheck = false
        /// The peer makes no checks of its own (RFC 8445 §2.5).
        var isPeerLite = false
    }
    private let values = Mutex(Values())
    private let selections = EventSource<ICECandidatePair>(.live, .latest)

    init() {}

    /// Where the checks stand.
    public var state: ICETransportState { values.withLock { $0.state } }
    /// Where gathering stands.
    public var gatheringState: ICEGatheringState { values.withLock { $0.gatheringState } }
    /// Whether this side nominates; nil until known.
    public var role: ICERole? { values.withLock { $0.role } }
    /// The pair in use. W3C `getSelectedCandidatePair`.
    public var selectedCandidatePair: ICECandidatePair? { values.withLock { $0.selectedPair } }
    /// Each pair that is taken into use from now on; it ends when the transport is closed. W3C
    /// `selectedcandidatepairchange`.
    ///
    /// An ICE restart has come about with the first pair of its credentials:
    ///
    /// ```swift
    /// let ice = connection.sctp?.transport.iceTransport
    /// let before = ice?.selectedCandidatePair?.local.usernameFragment
    /// if let pairs = ice?.selectedCandidatePairChanges {
    ///     await connection.restartICE()
    ///     for await pair in pairs where pair.local.usernameFragment != before { break }
    /// }
    /// ```
    public var selectedCandidatePairChanges: EventSequence<ICECandidatePair> { selections.events() }
    /// What was gathered. W3C `getLocalCandidates`.
    public var localCandidates: [ICECandidate] { values.withLock { $0.localCandidates } }
    /// What the peer has signalled. W3C `getRemoteCandidates`.
    public var remoteCandidates: [ICECandidate] { values.withLock { $0.remoteCandidates } }

    /// Everything at one moment.
    var all: Values { values.withLock { $0 } }

    func update(_ body: (inout Values) -> Void) {
        let isClosed = values.withLock { values in
            if values.state != .closed { body(&values) }
            return values.state == .closed
        }
        if isClosed { selections.finish() }
    }

    /// This pair is in use from now on.
    func select(_ pair: ICECandidatePair) {
        update { values in
            values.selectedPair = pair
            values.hadPair = true
        }
        selections.send(pair)
    }
}

/// W3C `RTCIceCandidatePair`.
public struct ICECandidatePair: Sendable, Hashable {
    /// Our end.
    public let local: ICECandidate
    /// The peer's end.
    public let remote: ICECandidate
}
