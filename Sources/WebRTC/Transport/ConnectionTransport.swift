internal import DTLS
internal import ICE
internal import JSEP
internal import Logging
internal import NetworkLoop
internal import TransportTypes

/// A transport of a connection: a path below, which is ICE, DTLS on it, and what is attached above;
/// with the objects that the application sees.
///
/// Lives on the connection's loop, where libnice calls it: a datagram goes from the socket to the
/// data channel in one synchronous chain. What it sends is collected in a batch that leaves with
/// one system call when the loop's turn ends.
final class ConnectionTransport {
    /// What the connection is told; rare compared with packets.
    enum Event {
        case candidate(ICECandidate, usernameFragment: String)
        case gatheringFinished(usernameFragment: String)
        case candidateFailed(ICECandidateError)
        /// A remote candidate has a `.local` name.
        case needsAddress(ICECandidate, ICECredentials)
        /// ICE or DTLS has another state; the objects have it already, and what is attached is told
        /// of it next.
        case stateChanged
        /// Another bitrate can be sent.
        case bitrateChanged
        /// The peer has ended DTLS, and what is attached has been told.
        case peerLeft
        /// Nothing can come of it.
        case failed(WebRTCError)
    }

    /// As the negotiation knows it.
    let id: Int
    let ice: ICETransport
    let dtls: DTLSTransport
    let loop: NetworkLoop
    let logger: Logger?
    let certificate: Certificate
    let wake: () -> Void
    /// Gone once closed: whoever drops a connection without closing it must not be called from
    /// there.
    private(set) var onEvent: ((Event) -> Void)?

    // MARK: What is attached

    /// Takes what DTLS carries: SCTP's packets (RFC 8261).
    var dataSession: (any TransportSession)?
    /// Takes what is SRTP (RFC 5764).
    var mediaSession: (any SRTPTransportSession)?
    /// The packets that are being handed over.
    var turn: ArrivalTurn?

    // MARK: ICE

    private(set) var path: (any Path)?
    /// The local credentials of the newest description.
    var localCredentials: ICECredentials
    /// The local credentials that ICE uses: those of the newest description that both sides have
    /// agreed on.
    var activeCredentials: ICECredentials
    /// The credentials of a restart whose offer was taken back while it gathered are announced
    /// again: its candidates went with the offer, and the peer may have dropped them with it.
    var tellsAgain = false
    /// The remote credentials that ICE was started with.
    var remoteCredentials: ICECredentials?
    var knownCandidates: Set<String> = []
    var pendingNames = 0
    var hasEndOfCandidates = false
    /// How often the selected pair has changed, for getStats.
    var selectedPairChanges: UInt32 = 0

    // MARK: DTLS

    var session: DTLSSession?
    var dtlsState = DTLSState.new
    var dtlsTimer: LoopTimer?
    /// Who the DTLS session is with.
    var fingerprints: [Fingerprint] = []
    /// Another peer has taken over, and the pair in use is still that of the one before.
    var waitsForPair = false
    /// What the peer has said before the session could hear it.
    var held = HeldDatagrams()
    var batch = PacketBatch()

    // MARK: Leaving

    /// The section that spoke for it was stopped, and others go on with it.
    var hasLostTag = false
    /// Whether what it carries may go on elsewhere, though the peer ends it (see
    /// `PeerConnection+Following.swift`).
    var mayBeFollowed = false
    /// The peer has ended DTLS, or what is above it.
    var isLeft = false
    /// The peer has ended DTLS, and nothing explains it but that it is gone.
    private(set) var isPeerGone = false

    var statsCache = StatsCache()

    /// - Parameters:
    ///   - dtls: what the application knows of it already.
    ///   - wake: asks the loop for one more pass, at the end of which ``endTurn()`` is called.
    init(
        id: Int, loop: NetworkLoop, configuration: ICEConfiguration, credentials: ICECredentials,
        makePath: PathMaker = ICEAgent.paths, certificate: Certificate, dtls: DTLSTransport? = nil, logger: Logger?,
        wake: @escaping () -> Void,
        onEvent: @escaping (Event) -> Void
    ) throws(WebRTCError) {
        self.id = id
        self.loop = loop
        self.certificate = certificate
        self.dtls = dtls ?? DTLSTransport(iceTransport: ICETransport())
        ice = self.dtls.iceTransport
        self.logger = logger
        self.wake = wake
        self.onEvent = onEvent
        localCredentials = credentials
        activeCredentials = credentials
        var configuration = configuration
        configuration.credentials = credentials
        do throws(ICEError) {
            path = try makePath(loop, configuration, self)
        } catch {
            throw WebRTCError(.operation, "ICE cannot start: \(error)")
        }
        ice.update { $0.role = configuration.role }
    }

    func tell(_ event: Event) { onEvent?(event) }

    // MARK: A peer that leaves

    /// Whether the peer goes on with the others on a new path. One that does not mix these up is
    /// gone where it has left.
    var mustFollow: Bool { hasLostTag && isLeft && mayBeFollowed }

    /// ICE's state as it is told. A peer that ends DTLS ends its ICE in the same step (W3C `close`
    /// §4.4.2), so connectivity is lost from then on, although the checks need seconds to find that
    /// out: how an end determines `disconnected` is its own affair (W3C `RTCIceTransportState`).
    func showICEState() {
        var state = path?.state ?? ice.state
        if isPeerGone, state == .connected || state == .completed { state = .disconnected }
        ice.update { $0.state = state }
    }

    /// Nothing explains any more that the peer has ended DTLS, but that it is gone.
    func noteGone(_ isGone: Bool = true) {
        isPeerGone = isGone
        showICEState()
        tell(.stateChanged)
    }

    // MARK: Sending

    /// ECT(0) (RFC 3168 §5): queues may mark it instead of dropping it.
    private static let knowsECN: UInt8 = 2

    /// Sends what has been collected.
    func flush(unfragmented: Bool = false) {
        guard !batch.isEmpty else { return }
        if unfragmented {
            path?.send(unfragmented: batch.bytes.span)
        } else {
            if batch.isMarked { path?.mark(ecn: Self.knowsECN) }
            path?.send(batch: batch.bytes.span, segmentSize: batch.segmentSize)
            if batch.isMarked { path?.mark(ecn: 0) }
        }
        batch.removeAll()
    }

    /// The loop's turn is over: sends what has been collected, and lets go of what is only needed
    /// in a turn.
    func endTurn() {
        flush()
        session?.releaseBuffers()
    }

    // MARK: Ending

    /// Says goodbye to the peer and lets go of everything. Nothing else is called from here on.
    ///
    /// - Parameter completion: called on the loop when the sockets are closed; not if this was
    ///   closed before.
    func close(completion: @escaping @Sendable () -> Void = {}) {
        onEvent = nil
        dataSession = nil
        mediaSession?.close()
        mediaSession = nil
        dtlsTimer?.cancel()
        session?.close()
        flush()
        session = nil
        held = HeldDatagrams()
        path?.close(completion: completion)
        path = nil
    }
}
