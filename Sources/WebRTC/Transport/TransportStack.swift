internal import DTLS
internal import ICE
internal import Logging
internal import NetworkLoop

/// One transport: ICE below, DTLS on it, and inside of DTLS the packets of SCTP, if it carries the data channels.
///
/// Lives on the connection's loop, where libnice calls it: a datagram goes from the socket to the data channel in one
/// synchronous chain. What it sends is collected in a batch that leaves with one system call when the loop's turn ends.
final class TransportStack {
    /// What the connection is told; rare compared with packets.
    enum Event {
        case candidate(ICECandidate, ufrag: String)
        case gatheringFinished(ufrag: String)
        case candidateFailed(ICECandidateError)
        case iceState(ICETransportState)
        case selectedPair
        /// A remote candidate has a `.local` name.
        case needsAddress(ICECandidate, ICECredentials)
        case dtlsState(DTLSState, DTLSError?)
    }

    let loop: NetworkLoop
    let logger: Logger?
    let certificate: Certificate
    let wake: () -> Void
    /// Gone once closed: whoever drops a connection without closing it must not be called from there.
    private(set) var onEvent: ((Event) -> Void)?
    /// Takes the decrypted content of each DTLS record.
    var onApplicationData: ((Span<UInt8>) -> Void)?
    /// Called when what has arrived together was handed to ``onApplicationData``, so that what follows from it is done once.
    var onArrivalsEnd: (() -> Void)?

    private(set) var ice: ICEAgent?
    /// The local credentials of the newest description.
    var localCredentials: ICECredentials
    /// The local credentials that ICE uses: those of the newest description that both sides have agreed on.
    var activeCredentials: ICECredentials
    /// The remote credentials that ICE was started with.
    var remoteCredentials: ICECredentials?
    var knownCandidates: Set<String> = []
    var pendingNames = 0
    var hasEndOfCandidates = false

    var dtls: DTLSSession?
    var dtlsState = DTLSState.new
    var dtlsTimer: LoopTimer?
    /// Who the DTLS session is with.
    var fingerprints: [Fingerprint] = []
    /// Another peer has taken over, and the pair in use is still that of the one before.
    var waitsForPair = false
    /// What the peer has said before the session could hear it.
    var held = HeldDatagrams()
    var batch = PacketBatch()

    /// - Parameters:
    ///   - wake: asks the loop for one more pass, at the end of which ``flush()`` is called.
    init(
        loop: NetworkLoop, configuration: ICEConfiguration, credentials: ICECredentials, certificate: Certificate,
        logger: Logger?, wake: @escaping () -> Void, onEvent: @escaping (Event) -> Void
    ) throws(WebRTCError) {
        self.loop = loop
        self.certificate = certificate
        self.logger = logger
        self.wake = wake
        self.onEvent = onEvent
        localCredentials = credentials
        activeCredentials = credentials
        var configuration = configuration
        configuration.credentials = credentials
        do throws(ICEError) {
            ice = try ICEAgent(loop: loop, configuration: configuration, delegate: self)
        } catch {
            throw WebRTCError(.operation, "ICE cannot start: \(error)")
        }
    }

    /// Takes the servers and the policy of the configuration for the next gathering.
    func setServers(of configuration: ICEConfiguration) throws(WebRTCError) {
        do throws(ICEError) {
            try ice?.setServers(configuration.servers, transportPolicy: configuration.transportPolicy)
        } catch {
            throw WebRTCError(.operation, "setConfiguration: \(error)")
        }
    }

    /// Sends what has been collected.
    func flush(unfragmented: Bool = false) {
        guard !batch.isEmpty else { return }
        if unfragmented {
            ice?.send(unfragmented: batch.bytes.span)
        } else {
            ice?.send(batch: batch.bytes.span, segmentSize: batch.segmentSize)
        }
        batch.removeAll()
    }

    /// The loop's turn is over: sends what has been collected, and lets go of what is only needed in a turn.
    func endTurn() {
        flush()
        dtls?.releaseBuffers()
    }

    /// Says goodbye to the peer and lets go of everything. Nothing else is called from here on.
    ///
    /// - Parameter completion: called on the loop when the sockets are closed; not if this was closed before.
    func close(completion: @escaping @Sendable () -> Void = {}) {
        onEvent = nil
        onApplicationData = nil
        onArrivalsEnd = nil
        dtlsTimer?.cancel()
        dtls?.close()
        flush()
        dtls = nil
        held = HeldDatagrams()
        ice?.close(completion: completion)
        ice = nil
    }
}
