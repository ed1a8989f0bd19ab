internal import NetworkLoop
internal import TransportTypes

/// Asks for consent on a selected pair that is plain UDP, with checks of its own: libnice counts as
/// consent whatever answers, a 401 too, does not look where an answer is from, and gives up after
/// 10 s. On the loop only.
final class PairConsent {
    private let loop: NetworkLoop
    private var path: UDPPath
    private let peer: TransportAddress
    private var check: ConnectivityCheck
    private var consent: Consent
    private let tag: UInt32
    private var socket: ConsentSocket?
    private var timer: LoopTimer?
    private var generator = SystemRandomNumberGenerator()
    private var isClosed = false
    /// The peer has said since the last proof that the role is its own.
    private var hasConflict = false
    /// Told after each look, and with each proof.
    private let onVerdict: (Consent.Verdict) -> Void
    /// Told what is no answer.
    private let onDatagram: (Span<UInt8>) -> Void
    /// Told once, when checks cannot be made.
    private let onUnavailable: () -> Void

    init(
        loop: NetworkLoop, path: UDPPath, peer: TransportAddress, check: ConnectivityCheck, expiry: Duration,
        onVerdict: @escaping (Consent.Verdict) -> Void, onDatagram: @escaping (Span<UInt8>) -> Void,
        onUnavailable: @escaping () -> Void
    ) {
        self.loop = loop
        self.path = path
        self.peer = peer
        self.check = check
        self.onVerdict = onVerdict
        self.onDatagram = onDatagram
        self.onUnavailable = onUnavailable
        tag = .random(in: .min ... .max, using: &generator)
        consent = Consent(expiry: expiry, arrival: UDPPath.lastArrival(path.descriptor), now: loop.now)
        schedule()
    }

    /// Checks now, unless that was done a moment ago: something tells that the peer may be there,
    /// or not.
    func ask() {
        guard !isClosed else { return }
        let now = loop.now
        if consent.isDue(now: now, atOnce: true) { send(now: now) }
    }

    func close() {
        isClosed = true
        timer?.cancel()
        socket?.close()
        socket = nil
    }

    private func look() {
        guard !isClosed else { return }
        let now = loop.now
        consent.note(arrival: UDPPath.lastArrival(path.descriptor))
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
        if socket == nil {
            socket = ConsentSocket(loop: loop, sibling: path.descriptor, tag: tag) { [weak self] datagram, source in
                self?.receive(datagram, from: source)
            }
        }
        guard let socket else {
            close()
            return onUnavailable()
        }
        let random = STUNBinding.TransactionID.random(using: &generator)
        let id = STUNBinding.TransactionID(high: tag, low: random.low)
        consent.check(id, now: now)
        socket.isWaiting = true
        _ = path.send(check.encode(id).span)
    }

    private func receive(_ datagram: Span<UInt8>, from source: TransportAddress) {
        // An answer is from where the check went (RFC 8445 §7.2.5.2.1).
        guard !isClosed, source == peer else { return }
        // What came before the filter was in place may be anything.
        if datagram.count > 0, datagram[0] > 3 { return onDatagram(datagram) }
        guard let (id, answer) = check.answer(in: datagram), consent.isAwaited(id) else { return }
        let now = loop.now
        switch answer {
        case .success:
            _ = consent.prove(id, now: now)
            hasConflict = false
            socket?.isWaiting = false
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
