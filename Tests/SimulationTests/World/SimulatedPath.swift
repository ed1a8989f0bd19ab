import NetworkLoop
import TransportTypes

@testable import ICE
@testable import WebRTC

/// A path on a simulated network: what `ICEAgent` is on sockets, as far as a transport can see it. Checks, nomination,
/// consent, restarts with sockets of their own, and the state machine of the real one.
final class SimulatedPath: Path {
    /// What one generation of credentials has.
    struct Base {
        let port: UInt16
        let credentials: ICECredentials
        var isGathered = false
        /// Checks that came before the peer's credentials.
        var early: [(port: UInt16, check: SimulatedNetwork.Check)] = []
    }

    /// Where datagrams go.
    struct Pair {
        let base: Base
        let remotePort: UInt16
        let remote: ICECredentials
    }

    let network: SimulatedNetwork
    let host: Int
    let loop: NetworkLoop
    let configuration: ICEConfiguration
    weak var delegate: (any PathDelegate)?

    var base: Base?
    private var successor: Base?
    private var withdrawn: Base?
    /// In use; of the generation before while a restart has none yet.
    var pair: Pair?
    var status = TransportStatus()

    var remoteCredentials: ICECredentials?
    private(set) var remoteCandidates: [ICECandidate] = []
    /// Where the peer may be, and where it has answered.
    var remotePorts: [UInt16] = []
    var answered: Set<UInt16> = []
    var nominated: UInt16?
    /// Checks that wait for their answers, and what they were for.
    var pending: [Int: (port: UInt16, generation: String, nominates: Bool)] = [:]
    let tieBreaker: UInt64
    var checkTimer: LoopTimer?
    var lastAnswer = Duration.zero
    var deadline: Duration?
    /// Sockets of generations before, on which the peer may still send for a while.
    private var lingering: [UInt16: LoopTimer] = [:]
    private var gatherTimer: LoopTimer?

    private(set) var localCandidates: [ICECandidate] = []
    private(set) var gatheringState = ICEGatheringState.new
    private(set) var announcedUsernameFragment: String?
    var role: ICERole
    var keepsFirstPair = false
    var statistics = ICEStatistics()

    init(
        on network: SimulatedNetwork, host: Int, loop: NetworkLoop, configuration: ICEConfiguration,
        delegate: any PathDelegate
    ) {
        self.network = network
        self.host = host
        self.loop = loop
        self.configuration = configuration
        self.delegate = delegate
        role = configuration.role
        tieBreaker = network.tieBreaker()
        base = Base(port: network.open(self), credentials: configuration.credentials ?? .random())
    }

    deinit {
        for port in ports + lingering.keys { network.close(port) }
    }

    /// The base that has that port; the peer is answered there.
    func known(_ port: UInt16) -> Base? { [base, successor, pair?.base].compactMap { $0 }.first { $0.port == port } }

    private var ports: [UInt16] { [base?.port, successor?.port, withdrawn?.port, pair?.base.port].compactMap { $0 } }

    var localCredentials: ICECredentials? { base?.credentials }
    var state: ICETransportState { status.state }

    private func open() throws(ICEError) -> Base {
        guard let base else { throw ICEError(.invalidState, "the path is closed") }
        return base
    }

    func setServers(_ servers: [ICEServer], transportPolicy: ICEConfiguration.TransportPolicy) throws(ICEError) {
        _ = try open()
    }

    // MARK: Gathering

    func gather() throws(ICEError) {
        let base = try open()
        guard gatheringState == .new else { throw ICEError(.invalidState, "gather() is called once") }
        announcedUsernameFragment = base.credentials.usernameFragment
        startGathering()
    }

    func gather(for credentials: ICECredentials, role: ICERole?) throws(ICEError) {
        let base = try open()
        guard gatheringState != .new else { throw ICEError(.invalidState, "gather(for:) comes after gather()") }
        if base.credentials == credentials {
            if let successor { network.close(successor.port) }
            successor = nil
        } else {
            makeSuccessor(credentials)
        }
        announcedUsernameFragment = credentials.usernameFragment
        startGathering()
    }

    func withdrawAnnouncement() {
        guard let base else { return }
        announcedUsernameFragment = base.credentials.usernameFragment
        if let successor {
            if let withdrawn { network.close(withdrawn.port) }
            (withdrawn, self.successor) = (successor, nil)
        }
        localCandidates = base.isGathered ? [candidate(of: base)] : []
    }

    private func makeSuccessor(_ credentials: ICECredentials) {
        if let successor { network.close(successor.port) }
        if let kept = withdrawn, kept.credentials == credentials {
            (successor, withdrawn) = (kept, nil)
        } else {
            successor = Base(port: network.open(self), credentials: credentials)
        }
    }

    private func candidate(of base: Base) -> ICECandidate {
        ICECandidate(
            foundation: "1", priority: 2_122_260_223, address: "192.0.2.\(host + 1)", port: base.port, kind: .host,
            attributes: [.init(name: "ufrag", value: base.credentials.usernameFragment)])
    }

    private func startGathering() {
        gatherTimer?.cancel()
        gatheringState = .gathering
        localCandidates = []
        if announcedUsernameFragment == localCredentials?.usernameFragment { status.isGathered = false }
        gatherTimer = loop.schedule(after: network.between(network.gathering)) { [weak self] in self?.gathered() }
    }

    private func gathered() {
        guard let found = successor ?? base else { return }
        if successor != nil { successor?.isGathered = true } else { base?.isGathered = true }
        localCandidates = network.candidates > 0 ? [candidate(of: found)] : []
        if let candidate = localCandidates.first { delegate?.path(didGather: candidate) }
        guard base != nil, gatheringState == .gathering else { return }
        gatherTimer = loop.schedule(after: network.between(network.gathering)) { [weak self] in
            guard let self, base != nil else { return }
            gatheringState = .complete
            status.isGathered = true
            delegate?.pathDidFinishGathering()
            refresh()
        }
    }

    // MARK: The peer

    func restart(credentials: ICECredentials?, gathers: Bool) throws(ICEError) {
        let before = try open()
        guard !gathers || gatheringState != .new else {
            throw ICEError(.invalidState, "restart() comes after gather()")
        }
        if credentials == nil || successor?.credentials != credentials { makeSuccessor(credentials ?? .random()) }
        base = successor
        successor = nil
        // What carries data stays until the new generation has a pair.
        if pair?.base.port != before.port { network.close(before.port) }
        forgetPeer()
        status.restart()
        let usernameFragment = base?.credentials.usernameFragment
        if gathers {
            announcedUsernameFragment = usernameFragment
            startGathering()
        } else {
            status.isGathered = gatheringState == .complete && usernameFragment == announcedUsernameFragment
        }
    }

    private func forgetPeer() {
        remoteCredentials = nil
        remoteCandidates = []
        (remotePorts, answered, nominated, pending) = ([], [], nil, [:])
        deadline = nil
    }

    func setRemoteCredentials(_ credentials: ICECredentials) throws(ICEError) {
        _ = try open()
        remoteCredentials = credentials
        for candidate in remoteCandidates { learn(candidate) }
        let early = base?.early ?? []
        base?.early = []
        for (port, check) in early where check.from == credentials { heed(check, from: port) }
        startChecks()
    }

    func addRemoteCandidate(_ candidate: ICECandidate) throws(ICEError) {
        _ = try open()
        guard !remoteCandidates.contains(candidate) else { return }
        remoteCandidates.append(candidate)
        learn(candidate)
        startChecks()
    }

    private func learn(_ candidate: ICECandidate) {
        guard let remoteCredentials else { return }
        if let fragment = candidate.usernameFragment, fragment != remoteCredentials.usernameFragment { return }
        if !remotePorts.contains(candidate.port) { remotePorts.append(candidate.port) }
    }

    func remoteCandidatesEnded() {
        guard base != nil else { return }
        status.hasRemoteEnded = true
        refresh()
    }

    func refresh() {
        while let state = status.update() {
            if state == .failed, pair?.base.port != base?.port { dropPair() }
            delegate?.path(didChange: state)
        }
    }

    private func dropPair() {
        if let pair, pair.base.port != base?.port { network.close(pair.base.port) }
        pair = nil
    }

    /// From here on datagrams go there.
    func select(_ port: UInt16) {
        guard let base, let remoteCredentials else { return }
        if let before = pair, before.base.port == base.port, before.remotePort == port, status.isSelected { return }
        if let old = pair?.base.port, old != base.port {
            // What the peer still sends to it is taken for a while.
            lingering[old] = loop.schedule(after: .seconds(10)) { [weak self] in
                self?.lingering[old] = nil
                self?.network.close(old)
            }
        }
        pair = Pair(base: base, remotePort: port, remote: remoteCredentials)
        lastAnswer = loop.now
        status.select()
        let remote =
            remoteCandidates.first { $0.port == port }
            ?? ICECandidate(
                foundation: "2", priority: 1, address: "192.0.2.\(100 + host)", port: port, kind: .peerReflexive)
        delegate?.path(didSelect: candidate(of: base), remote: remote)
        refresh()
    }

    func close(completion: @escaping @Sendable () -> Void) {
        guard base != nil else { return }
        for port in ports { network.close(port) }
        for (port, timer) in lingering {
            network.close(port)
            timer.cancel()
        }
        lingering = [:]
        (base, successor, withdrawn, pair) = (nil, nil, nil, nil)
        gatherTimer?.cancel()
        checkTimer?.cancel()
        status.close()
        loop.post(completion)
    }

    // MARK: Datagrams

    private static func bytes(of span: Span<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(copying: span)
        return bytes
    }

    @discardableResult
    func send(batch: Span<UInt8>, segmentSize: Int) -> Int {
        guard let pair, status.isUsable else { return 0 }
        var sent = 0
        var start = 0
        while start < batch.count {
            let end = min(batch.count, start + segmentSize)
            network.send(
                .data(Self.bytes(of: batch.extracting(start..<end))), from: pair.base.port, to: pair.remotePort)
            (start, sent) = (end, sent + 1)
        }
        statistics.packetsSent += UInt64(sent)
        statistics.bytesSent += UInt64(batch.count)
        return sent
    }

    @discardableResult
    func send(unfragmented datagram: Span<UInt8>) -> ICEAgent.SendResult {
        send(batch: datagram, segmentSize: max(1, datagram.count)) > 0 ? .sent : .notConnected
    }
}
