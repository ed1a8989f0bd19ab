internal import TransportTypes

/// What of the peer's plain records reaches OpenSSL while the handshake is under way.
///
/// Until the keys are there a record proves nothing: whoever can forge the peer's address can send
/// one. In OpenSSL a single forged one would end the session (a message that is too long, malformed
/// or out of place, an alert), make it wait for ever (a number far ahead, a length that is wrong, a
/// HelloVerifyRequest), or cost memory. So what comes is put together and kept here, beside
/// whatever else claims its place, until a flight is whole; then the messages go on that belong to
/// the announced certificate and are signed with its key (RFC 5246 §7.4.3, §7.4.8), in records with
/// numbers of our own. Everything is bounded, and what gives way for it the peer repeats.
struct HandshakeGate {
    /// What is to come next.
    enum Stage: Equatable {
        /// The client's first message; at the server.
        case clientHello
        /// The peer's flight, whose first message has this number.
        case flight(first: Int)
        case changeCipherSpec
        /// Nothing plain any more.
        case encrypted
    }

    static let maximumCandidates = 32
    static let maximumBytes = 96 * 1024
    static let maximumHellos = 8
    static let maximumEarly = 16
    /// How long a HelloVerifyRequest waits: the hello of a server that asks for no cookie comes
    /// meanwhile.
    static let helloVerifyPatience = Duration.milliseconds(15)
    /// How many signatures are looked at before the next retransmission.
    static let maximumChecks = 48

    let role: DTLSRole
    private(set) var stage: Stage
    /// The client's hello, that of the peer or our own.
    private(set) var hello: HandshakeMessage?
    /// Our own flight, which the client signs.
    private(set) var sent: [HandshakeMessage] = []
    /// What claims a place in the flight that comes next.
    private(set) var candidates: [HandshakeMessage] = []
    /// Hellos of clients that were not answered, and how often each has come: who means it repeats
    /// it.
    private var hellos: [(message: HandshakeMessage, count: Int)] = []
    private var shortFlight: [HandshakeMessage] = []
    /// Whether there is something that nobody should send, and nothing better yet.
    var isDoubtful: Bool { stage == .clientHello ? !hellos.isEmpty : !shortFlight.isEmpty }
    var checksLeft = maximumChecks
    /// Which messages were found not to belong together, by their ids.
    var mismatches: Set<[Int]> = []
    /// Whether something has changed since the candidates were looked at.
    private var isUnseen = true
    private var lastID = 0

    private var assembler = MessageAssembler()
    private var ownAssembler = MessageAssembler()
    private var hasChangeCipherSpec = false
    private var early: [[UInt8]] = []
    var earlyCount: Int { early.count }
    private var helloVerifyRequest: (message: HandshakeMessage, deadline: Duration)?
    private var recordCount: UInt64 = 0

    init(role: DTLSRole) {
        self.role = role
        stage = role == .client ? .flight(first: 0) : .clientHello
    }

    /// Whether the flight that was sent has had no answer, and there is a ClientHello that it is
    /// not the answer to.
    var hasOtherHello: Bool {
        role == .server && stage == .flight(first: 1) && hellos.contains { $0.message.isUsableClientHello }
    }

    /// Forgets the ClientHello that was answered, for another one that has come or will come.
    mutating func beginAgain() {
        let rest = hellos
        self = HandshakeGate(role: role)
        hellos = rest
    }

    /// When ``release(_:now:)`` is to be called though nothing has come.
    var deadline: Duration? { helloVerifyRequest?.deadline }

    // MARK: What comes

    /// Takes a plain record with handshake messages; false if it has none that could be used.
    mutating func takeHandshake(_ record: Span<UInt8>, datagram: Int, now: Duration) -> Bool {
        var isUsed = false
        for fragment in MessageFragment.all(in: record) where isExpected(fragment) {
            isUsed = true
            for message in assembler.add(fragment, of: record, datagram: datagram) { keep(message, now: now) }
        }
        return isUsed
    }

    mutating func takeChangeCipherSpec() -> Bool {
        // A server's answers our own flight, and so does not come before it. A forged one that is
        // believed does no harm.
        guard stage == .changeCipherSpec || role == .server && stage == .flight(first: 1) else { return false }
        hasChangeCipherSpec = true
        return true
    }

    /// Keeps a record of epoch 1 until OpenSSL has its keys: a Finished is a short one. The oldest
    /// gives way.
    mutating func keepEarly(_ record: Span<UInt8>) -> Bool {
        guard record.count <= 512 else { return false }
        if early.count >= Self.maximumEarly { early.removeFirst() }
        early.append(record.indices.map { record[$0] })
        return true
    }

    /// Notes what leaves: the client's hello, and the flight of the server.
    mutating func noteSent(_ datagram: Span<UInt8>) {
        guard stage != .changeCipherSpec, stage != .encrypted else { return }
        var offset = 0
        while let record = Record(in: datagram, at: offset) {
            offset = record.range.upperBound
            guard record.type == .handshake, record.epoch == 0 else { continue }
            let bytes = datagram.extracting(record.range)
            for fragment in MessageFragment.all(in: bytes) {
                for message in ownAssembler.add(fragment, of: bytes, datagram: 0) {
                    if role == .client { hello = hello ?? message }
                    guard role == .server, !sent.contains(where: { $0.sequence == message.sequence }) else { continue }
                    sent.append(message)
                }
            }
        }
    }

    private func isExpected(_ fragment: MessageFragment) -> Bool {
        if role == .server, fragment.kind == .clientHello {
            return fragment.sequence == 0 && (stage == .clientHello || stage == .flight(first: 1))
        }
        guard case .flight(let first) = stage else { return false }
        if fragment.kind == .helloVerifyRequest { return role == .client && first == 0 && fragment.sequence == 0 }
        let place = fragment.sequence - first
        guard steps.indices.contains(place) else { return false }
        // A server that asks for no certificate is done one message earlier.
        return fragment.kind == steps[place] || fragment.kind == .serverHelloDone && steps[place] == .certificateRequest
    }

    private mutating func keep(_ message: HandshakeMessage, now: Duration) {
        switch message.kind {
        case .helloVerifyRequest:
            if helloVerifyRequest == nil { helloVerifyRequest = (message, now + Self.helloVerifyPatience) }
        case .clientHello: keep(clientHello: message)
        default:
            guard !candidates.contains(where: { $0.sequence == message.sequence && $0.repeats(message) }) else {
                return
            }
            while candidates.count >= Self.maximumCandidates
                || candidates.reduce(message.body.count, { $0 + $1.body.count }) > Self.maximumBytes
            {
                candidates.removeFirst()
            }
            lastID += 1
            candidates.append(message)
            candidates[candidates.count - 1].id = lastID
            isUnseen = true
        }
    }

    /// Looks at the candidates once more: what is known of the peer has changed, or it is time to
    /// look at more signatures.
    mutating func lookAgain() {
        checksLeft = Self.maximumChecks
        isUnseen = true
    }

    private mutating func keep(clientHello message: HandshakeMessage) {
        if let hello, hello.repeats(message) { return }
        if let known = hellos.firstIndex(where: { $0.message.repeats(message) }) {
            hellos[known].count += 1
            return
        }
        if hellos.count >= Self.maximumHellos,
            let rarest = hellos.indices.min(by: { hellos[$0].count < hellos[$1].count })
        {
            hellos.remove(at: rarest)
        }
        hellos.append((message, 1))
    }

    // MARK: What goes on

    /// The messages of the flight that comes next, in their order.
    var steps: [HandshakeMessage.Kind] {
        role == .client
            ? [.serverHello, .certificate, .serverKeyExchange, .certificateRequest, .serverHelloDone]
            : [.certificate, .clientKeyExchange, .certificateVerify]
    }

    /// What claims the place of a step, the newest first.
    func candidates(for step: Int) -> [HandshakeMessage] {
        guard case .flight(let first) = stage else { return [] }
        return candidates.reversed().filter { $0.sequence == first + step && $0.kind == steps[step] }
    }

    /// Whether something claims each place of the flight.
    var isWhole: Bool { steps.indices.allSatisfy { !candidates(for: $0).isEmpty } }

    /// The end of a server's flight that asks for no certificate, which comes one message earlier.
    var earlyEnds: [HandshakeMessage] {
        guard role == .client, case .flight(let first) = stage else { return [] }
        return candidates.reversed().filter { $0.kind == .serverHelloDone && $0.sequence == first + 3 }
    }

    private var isShort: Bool {
        !earlyEnds.isEmpty && (0...2).allSatisfy { !candidates(for: $0).isEmpty }
    }

    /// The records that OpenSSL is to have next; none if something is missing. To be called until
    /// there are none.
    ///
    /// - Parameter isAnnounced: whether this is the peer's certificate; nil while that is not
    ///   known.
    mutating func release(_ isAnnounced: (([UInt8]) -> Bool)?, now: Duration) -> [[UInt8]] {
        switch stage {
        case .clientHello:
            let usable = hellos.indices.filter { hellos[$0].message.isUsableClientHello }
            guard let place = usable.max(by: { hellos[$0].count < hellos[$1].count }) else {
                return []
            }
            return accept(clientHello: hellos.remove(at: place).message)
        case .flight:
            if let records = releaseHelloVerifyRequest(now: now) { return records }
            guard isUnseen, let isAnnounced, isWhole || isShort else { return [] }
            isUnseen = false
            guard let flight = choose(isAnnounced) else { return [] }
            // Every server has to ask (RFC 8827 §6.5), and the end may be forged: what it asks may
            // yet come.
            guard isWhole else {
                shortFlight = flight
                return []
            }
            return accept(flight: flight)
        case .changeCipherSpec:
            guard hasChangeCipherSpec else { return [] }
            stage = .encrypted
            defer { early = [] }
            return [next(.changeCipherSpec, [1])] + early
        case .encrypted: return []
        }
    }

    /// What nobody should send, as nothing better has come: OpenSSL will tell the peer if it will
    /// have none of it.
    mutating func releaseDoubtful() -> [[UInt8]] {
        guard stage != .clientHello else { return hellos.popLast().map { accept(clientHello: $0.message) } ?? [] }
        defer { shortFlight = [] }
        return shortFlight.isEmpty ? [] : accept(flight: shortFlight)
    }

    private mutating func releaseHelloVerifyRequest(now: Duration) -> [[UInt8]]? {
        guard let helloVerifyRequest else { return nil }
        // The server has answered without one, so that it was forged.
        guard candidates(for: 0).isEmpty else {
            self.helloVerifyRequest = nil
            return nil
        }
        guard now >= helloVerifyRequest.deadline else { return nil }
        self.helloVerifyRequest = nil
        candidates = []
        stage = .flight(first: 1)
        return [next(helloVerifyRequest.message)]
    }

    private mutating func accept(clientHello message: HandshakeMessage) -> [[UInt8]] {
        hello = message
        stage = .flight(first: 1)
        return [next(message)]
    }

    private mutating func accept(flight: [HandshakeMessage]) -> [[UInt8]] {
        candidates = []
        hellos = []
        shortFlight = []
        mismatches = []
        assembler = MessageAssembler()
        ownAssembler = MessageAssembler()
        sent = []
        stage = .changeCipherSpec
        return flight.map { next($0) }
    }

    private mutating func next(_ message: HandshakeMessage) -> [UInt8] { next(.handshake, message.bytes) }

    private mutating func next(_ type: Record.ContentType, _ content: [UInt8]) -> [UInt8] {
        defer { recordCount += 1 }
        return Record.plain(type, number: recordCount, content)
    }
}
