internal import DTLS
internal import ICE
internal import Logging
internal import NetworkLoop

/// One bundled transport: ICE below, DTLS on it, and SCTP's packets inside DTLS.
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
    let onEvent: (Event) -> Void
    /// Takes the decrypted content of each DTLS record.
    let onApplicationData: (Span<UInt8>) -> Void
    let logger: Logger?
    private let certificate: Certificate
    private(set) var ice: ICEAgent?
    private(set) var dtls: DTLSSession?
    private(set) var dtlsState = DTLSState.new
    private var dtlsTimer: LoopTimer?
    private var batch = PacketBatch()
    /// The remote credentials that ICE was started with.
    private var remoteCredentials: ICECredentials?
    private var knownCandidates: Set<String> = []
    private var pendingNames = 0
    private var hasEndOfCandidates = false
    private let wake: () -> Void
    /// The local credentials in force.
    private(set) var localCredentials: ICECredentials
    /// Whether this side controls after the restart that ``gather()`` is to carry out.
    private var pendingRestart: Bool?
    /// The remote side, as it was last applied.
    private var remote: (description: TransportDescription, role: DTLSRole)?

    /// - Parameters:
    ///   - wake: asks the loop for one more pass, at the end of which ``flush()`` is called.
    init(
        loop: NetworkLoop, configuration: ICEConfiguration, credentials: ICECredentials, certificate: Certificate,
        logger: Logger?, wake: @escaping () -> Void, onEvent: @escaping (Event) -> Void,
        onApplicationData: @escaping (Span<UInt8>) -> Void
    ) throws(WebRTCError) {
        self.loop = loop
        self.certificate = certificate
        self.logger = logger
        self.wake = wake
        self.onEvent = onEvent
        self.onApplicationData = onApplicationData
        localCredentials = credentials
        var configuration = configuration
        configuration.credentials = credentials
        do throws(ICEError) {
            ice = try ICEAgent(loop: loop, configuration: configuration, delegate: self)
        } catch {
            throw WebRTCError(.operation, "ICE cannot start: \(error)")
        }
    }

    // MARK: ICE

    /// Gathers for the first time, or anew after ``restart(_:isControlling:)``.
    func gather() {
        guard let ice else { return }
        do throws(ICEError) {
            if let isControlling = pendingRestart {
                pendingRestart = nil
                try ice.restart(credentials: localCredentials)
                ice.role = isControlling ? .controlling : .controlled
                remoteCredentials = nil
                if let remote { try apply(remote.description, role: remote.role) }
            } else {
                try ice.gather()
            }
        } catch {
            logger?.warning("gathering failed", metadata: ["error": "\(error)"])
            onEvent(.gatheringFinished(ufrag: localCredentials.usernameFragment))
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

    /// Takes new local credentials, with which ``gather()`` begins anew (RFC 8445 §9).
    func restart(_ credentials: ICECredentials, isControlling: Bool) {
        localCredentials = credentials
        pendingRestart = isControlling
        remote = nil
    }

    /// Starts, or goes on with, the remote side that both descriptions agree on. Repeating it is harmless.
    func apply(_ description: TransportDescription, role: DTLSRole) throws(ICEError) {
        remote = (description, role)
        guard let ice, pendingRestart == nil else { return }
        if remoteCredentials != description.credentials {
            remoteCredentials = description.credentials
            knownCandidates = []
            hasEndOfCandidates = false
            try ice.setRemoteCredentials(description.credentials)
        }
        for line in description.candidates { add(candidateLine: line) }
        if description.hasEndOfCandidates { endRemoteCandidates() }
        if dtls == nil {
            startDTLS(role: role, fingerprints: description.fingerprints)
        } else {
            dtls?.setRemoteFingerprints(description.fingerprints, now: NetworkLoop.now)
        }
    }

    /// Adds one remote candidate; a line that was added before is ignored. A `.local` name is resolved first (RFC 8828).
    func add(candidateLine line: String) {
        guard ice != nil, remoteCredentials != nil, knownCandidates.insert(line).inserted,
            let candidate = try? ICECandidate(parsing: line)
        else { return }
        guard candidate.hasLocalName else { return add(candidate) }
        // Only names of one label are candidates' names; any other could make us ask for hosts of the peer's choice.
        if candidate.address.dropLast(".local".count).contains(".") { return }
        resolve(candidate)
    }

    /// The peer has no more candidates; waits for names that are still being resolved.
    func endRemoteCandidates() {
        hasEndOfCandidates = true
        if pendingNames == 0 { ice?.remoteCandidatesEnded() }
    }

    private func add(_ candidate: ICECandidate) {
        do throws(ICEError) {
            try ice?.addRemoteCandidate(candidate)
        } catch {
            logger?.debug("remote candidate ignored", metadata: ["error": "\(error)"])
        }
    }

    /// Asks the connection for the addresses behind a `.local` name; ``resolved(_:addresses:for:)`` is the answer.
    private func resolve(_ candidate: ICECandidate) {
        guard let remoteCredentials else { return }
        pendingNames += 1
        onEvent(.needsAddress(candidate, remoteCredentials))
    }

    /// The addresses of a candidate's name; none if it cannot be resolved.
    func resolved(_ candidate: ICECandidate, addresses: [String], for credentials: ICECredentials) {
        pendingNames -= 1
        if credentials == remoteCredentials {
            for address in addresses {
                var resolved = candidate
                resolved.address = address
                add(resolved)
            }
        }
        if hasEndOfCandidates, pendingNames == 0 { ice?.remoteCandidatesEnded() }
    }

    // MARK: DTLS

    private func startDTLS(role: DTLSRole, fingerprints: [Fingerprint]) {
        do throws(DTLSError) {
            dtls = try DTLSSession(
                role: role, certificate: certificate, remoteFingerprints: fingerprints,
                configuration: DTLSConfiguration(), delegate: self)
        } catch {
            dtlsState = .failed
            onEvent(.dtlsState(.failed, error))
            return
        }
        if let state = ice?.state, state == .connected || state == .completed { startHandshake() }
    }

    private func startHandshake() {
        guard let dtls, dtlsState == .new else { return }
        dtls.start(now: NetworkLoop.now)
        updateDTLSTimer()
        wake()
    }

    private func updateDTLSTimer() {
        let deadline = dtls?.nextDeadline
        if let timer = dtlsTimer, timer.isActive, timer.deadline == deadline { return }
        dtlsTimer?.cancel()
        dtlsTimer = nil
        guard let deadline else { return }
        let now = NetworkLoop.now
        dtlsTimer = loop.schedule(after: deadline > now ? deadline - now : 0) { [weak self] in
            guard let self, let dtls = self.dtls else { return }
            dtls.handleTimeout(now: NetworkLoop.now)
            self.updateDTLSTimer()
            self.flush()
        }
    }

    /// Encrypts one SCTP packet into the batch.
    func send(_ packet: Span<UInt8>) {
        guard let dtls, dtlsState == .connected else { return }
        do throws(DTLSError) {
            try dtls.send(packet)
        } catch {
            logger?.debug("packet not sent", metadata: ["error": "\(error)"])
        }
    }

    /// Sends what has been collected.
    func flush() {
        guard !batch.isEmpty else { return }
        ice?.send(batch: batch.bytes.span, segmentSize: batch.segmentSize)
        batch.removeAll()
    }

    /// Says goodbye to the peer and lets go of everything. Nothing else is called afterwards.
    ///
    /// - Parameter completion: called on the loop when the sockets are closed; not if this was closed before.
    func close(completion: @escaping @Sendable () -> Void = {}) {
        dtlsTimer?.cancel()
        dtls?.close()
        flush()
        dtls = nil
        ice?.close(completion: completion)
        ice = nil
    }
}

extension TransportStack: ICEAgentDelegate {
    func iceAgent(_ agent: ICEAgent, didGather candidate: ICECandidate) {
        onEvent(.candidate(candidate, ufrag: localCredentials.usernameFragment))
    }

    func iceAgentDidFinishGathering(_ agent: ICEAgent) {
        onEvent(.gatheringFinished(ufrag: localCredentials.usernameFragment))
    }

    func iceAgent(_ agent: ICEAgent, didChangeState state: ICETransportState) {
        if state == .connected || state == .completed { startHandshake() }
        onEvent(.iceState(state))
    }

    func iceAgent(_ agent: ICEAgent, didSelect local: ICECandidate, remote: ICECandidate) {
        onEvent(.selectedPair)
    }

    func iceAgent(_ agent: ICEAgent, didFail error: ICECandidateError) {
        onEvent(.candidateFailed(error))
    }

    func iceAgent(_ agent: ICEAgent, didReceive datagram: Span<UInt8>) {
        guard datagram.count > 0, PacketKind(firstByte: datagram[0]) == .dtls, let dtls else { return }
        // The peer's first flight can come before our own checks have said that the pair works.
        if dtlsState == .new { dtls.start(now: NetworkLoop.now) }
        dtls.receive(datagram, now: NetworkLoop.now)
        if dtlsState != .connected { updateDTLSTimer() }
        if !batch.isEmpty { wake() }
    }
}

extension TransportStack: DTLSSessionDelegate {
    func dtlsSession(_ session: DTLSSession, didProduce datagram: Span<UInt8>) {
        if !batch.accepts(datagram.count) { flush() }
        batch.append(datagram)
    }

    func dtlsSession(_ session: DTLSSession, didReceive applicationData: Span<UInt8>) {
        onApplicationData(applicationData)
    }

    func dtlsSession(_ session: DTLSSession, didChange state: DTLSState, error: DTLSError?) {
        dtlsState = state
        onEvent(.dtlsState(state, error))
    }
}
