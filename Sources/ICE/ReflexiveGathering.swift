internal import NetworkLoop
internal import TransportTypes

/// Asks every STUN server from every UDP base, all at once, so that a dead server delays none of
/// the others.
///
/// libnice asks one server only. What is learnt here need not be told to libnice: checks to a
/// server-reflexive address arrive at its base, which libnice knows. On the loop only.
final class ReflexiveGathering {
    /// A socket of libnice that a mapping is asked for.
    struct Base {
        let descriptor: Int32
        let address: TransportAddress
        /// The candidate's local preference, taken over into the new candidate's priority.
        let localPreference: UInt32
    }

    private final class Question {
        var query: STUNQuery
        var socket: STUNSocket?
        var timer: LoopTimer?
        init(_ query: STUNQuery) { self.query = query }

        func stop() {
            timer?.cancel()
            timer = nil
            socket?.close()
            socket = nil
        }
    }

    private let loop: NetworkLoop
    private let pacing: Duration
    private let onCandidate: (ICECandidate) -> Void
    private let onError: (ICECandidateError) -> Void
    private let onIdle: () -> Void
    private var questions: [ObjectIdentifier: Question] = [:]
    private var nextStart = Duration.zero
    private var generator = SystemRandomNumberGenerator()

    /// - Parameters:
    ///   - pacing: between two first requests: Ta (RFC 8445 §14.2).
    ///   - onIdle: called when the last question is settled.
    init(
        loop: NetworkLoop, pacing: Duration, onCandidate: @escaping (ICECandidate) -> Void,
        onError: @escaping (ICECandidateError) -> Void, onIdle: @escaping () -> Void
    ) {
        self.loop = loop
        self.pacing = pacing
        self.onCandidate = onCandidate
        self.onError = onError
        self.onIdle = onIdle
    }

    var isIdle: Bool { questions.isEmpty }

    /// Asks `server` from `base`, which must be of the same family.
    func ask(_ server: TransportAddress, url: String, from base: Base) {
        let now = loop.now
        nextStart = max(now, nextStart)
        let question = Question(STUNQuery(id: .random(using: &generator), start: nextStart))
        nextStart += pacing
        let id = ObjectIdentifier(question)
        question.socket = STUNSocket(
            loop: loop, sibling: base.descriptor, base: base.address, server: server
        ) { [weak self, weak question] datagram in
            guard let self, let question, let response = question.query.receive(datagram) else { return }
            settle(id, question, response, server: server, url: url, base: base)
        }
        guard question.socket != nil else {
            // No route, as for an interface without a way to the outside: nothing that others would
            // not notice too.
            onError(Self.unreachable(server, url: url, base: base, "there is no route to the server"))
            return
        }
        questions[id] = question
        advance(id, server: server, url: url, base: base)
    }

    /// Ends all questions; nothing is called from here on.
    func close() {
        for question in questions.values { question.stop() }
        questions = [:]
    }

    private func advance(_ id: ObjectIdentifier, server: TransportAddress, url: String, base: Base) {
        guard let question = questions[id] else { return }
        while true {
            switch question.query.next(now: loop.now) {
            case .send(let bytes): question.socket?.send(bytes)
            case .wait(let until):
                let delay = until - min(until, loop.now)
                question.timer = loop.schedule(after: delay) { [weak self] in
                    self?.advance(id, server: server, url: url, base: base)
                }
                return
            case .giveUp:
                finish(id, question)
                onError(Self.unreachable(server, url: url, base: base, "the server did not answer"))
                if isIdle { onIdle() }
                return
            case .done: return
            }
        }
    }

    private func settle(
        _ id: ObjectIdentifier, _ question: Question, _ response: STUNBinding.Response, server: TransportAddress,
        url: String, base: Base
    ) {
        finish(id, question)
        switch response {
        case .mapped(let address):
            // The same address as the base's: no NAT, and the host candidate says it already (RFC
            // 8445 §5.1.3).
            if address != base.address {
                var candidate = Self.candidate(address, base: base, server: server)
                candidate.url = url
                onCandidate(candidate)
            }
        case .error(let code, let reason):
            onError(
                ICECandidateError(
                    address: "\(base.address.address)", port: base.address.port, url: url, errorCode: code,
                    errorText: reason))
        }
        if isIdle { onIdle() }
    }

    private func finish(_ id: ObjectIdentifier, _ question: Question) {
        question.stop()
        questions[id] = nil
    }

    /// RFC 8445 §5.1.1.3 and §5.1.2.1: type preference 100, the base's local preference, component
    /// 1.
    static func candidate(_ address: TransportAddress, base: Base, server: TransportAddress) -> ICECandidate {
        var hash: UInt32 = 0x811C_9DC5  // FNV-1a over what makes foundations equal
        for byte in [1] + base.address.address.bytes + server.address.bytes {
            hash = (hash ^ UInt32(byte)) &* 0x0100_0193
        }
        return ICECandidate(
            foundation: "\(hash)", priority: 100 << 24 | (base.localPreference & 0xFFFF) << 8 | 255,
            address: "\(address.address)", port: address.port, kind: .serverReflexive,
            attributes: [
                .init(name: "raddr", value: "\(base.address.address)"),
                .init(name: "rport", value: "\(base.address.port)"),
            ])
    }

    private static func unreachable(
        _ server: TransportAddress, url: String, base: Base, _ text: String
    ) -> ICECandidateError {
        ICECandidateError(
            address: "\(base.address.address)", port: base.address.port, url: url,
            errorCode: ICECandidateError.unreachable, errorText: "\(server): \(text)")
    }
}
