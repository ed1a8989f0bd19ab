internal import NetworkLoop
internal import TransportTypes

/// Asks for consent on a selected pair that is plain UDP, with checks of its own: libnice counts as
/// consent whatever answers, a 401 too, does not look where an answer is from, and gives up after
/// 10 s. On the loop only.
final class PairConsent {
    private let loop: NetworkLoop
    private var path: UDPPath
    private var check: ConnectivityCheck
    private var consent: Consent
    private let socket: PairSocket
    private var timer: LoopTimer?
    private var generator = SystemRandomNumberGenerator()
    private var isClosed = false
    /// The peer has said since the last proof that the role is its own.
    private var hasConflict = false
    /// Something that only the peer can have encrypted has come since the last look.
    private var isHeard = false
    /// Told after each look, and with each proof.
    private let onVerdict: (Consent.Verdict) -> Void

    /// - Parameter socket: reads the answers, which are to be handed to ``receive(_:)``.
    init(
        loop: NetworkLoop, path: UDPPath, socket: PairSocket, check: ConnectivityCheck, expiry: Duration,
        onVerdict: @escaping (Consent.Verdict) -> Void
    ) {
        self.loop = loop
        self.path = path
        self.socket = socket
        self.check = check
        self.onVerdict = onVerdict
        consent = Consent(expiry: expiry, arrival: Self.arrival(path, socket), now: loop.now)
        schedule()
    }

    /// Checks now, unless that was done a moment ago: something tells that the peer may be there,
    /// or not.
    func ask() {
        guard !isClosed else { return }
        let now = loop.now
        if consent.isDue(now: now, atOnce: true) { send(now: now) }
    }

    /// Something has come that only the peer can have encrypted. Costs nothing until the next look.
    func hear() { isHeard = true }

    func close() {
        isClosed = true
        timer?.cancel()
    }

    /// A number that changes with each datagram that is read from either socket.
    private static func arrival(_ path: UDPPath, _ socket: PairSocket) -> Int64 {
        UDPPath.lastArrival(path.descriptor) &+ Int64(truncatingIfNeeded: socket.arrivals)
    }

    private func look() {
        guard !isClosed else { return }
        let now = loop.now
        consent.note(arrival: Self.arrival(path, socket))
        if isHeard { consent.hear(now: now) }
        isHeard = false
        if consent.isDue(now: now) { send(now: now) }
        guard !isClosed else { return }
        schedule()
        onVerdict(consent.verdict(now: now))
    }

    private func schedule() {
        timer?.cancel()
        timer = loop.schedule(after: consent.delay(now: loop.now)) { [weak self] in self?.look() }
    }

    private func send(now: Duration) {
        let random = STUNBinding.TransactionID.random(using: &generator)
        let id = STUNBinding.TransactionID(high: socket.tag, low: random.low)
        consent.check(id, now: now)
        _ = path.send(check.encode(id).span)
    }

    /// Takes what may be the answer to a check, from where the check went.
    func receive(_ datagram: Span<UInt8>) {
        guard !isClosed, let (id, answer) = check.answer(in: datagram), consent.isAwaited(id) else { return }
        let now = loop.now
        switch answer {
        case .success:
            _ = consent.prove(id, now: now)
            hasConflict = false
            schedule()
            onVerdict(.fresh)
        case .roleConflict:
            consent.forget(id)
            check.role = check.role == .controlling ? .controlled : .controlling
            if !hasConflict { send(now: now) }
            hasConflict = true
        case .forbidden: onVerdict(.expired)
        case .error: break
        }
    }
}
