/// What the signaling server does, without sockets and clocks: what arrives and the time go in,
/// what to send comes out.
///
/// What is said is the dialects' matter. The rules that they share are here: a socket's first good
/// message chooses its dialect, a token shows who is there, bad messages in a row end the socket,
/// and so does silence.
struct SignalingServerCore {
    typealias SocketID = SignalingSocketID
    typealias Output = SignalingTurn.Output

    /// What a dialect may want to know of the request that a socket came with.
    struct Origin: Hashable, Sendable {
        var host: String?
        var port: Int?
        var address: String?
    }

    struct Socket {
        /// The one that its first message has opened.
        var dialect: Int?
        /// Those that speak to whoever its token has shown.
        var identified: [Int] = []
        var identity: TokenIdentity?
        /// What it takes to get the socket's place on another connection; nil before anybody has
        /// registered.
        var resume: String?
        /// What is kept while its connection is broken; nil while it is not.
        var mailbox: Mailbox?
        /// The resume of an `auth` whose token is being looked at.
        var wantsToResume: SignalingMessage?
        /// What has come while a token is looked at.
        var held: [[UInt8]] = []
        var isVerifying = false
        var badMessages = 0
        let mayJoinRooms: Bool
        /// What the request has called the server, and where it came from.
        var origin: Origin?
        /// When it registered, by the wall clock: who has a name in a cluster.
        var claim: UInt64 = 0
        var opened: Duration
        var lastHeard: Duration
        var lastPinged: Duration

        var isRegistered: Bool { dialect != nil || !identified.isEmpty }
        /// All dialects that it speaks.
        var spoken: [Int] { (dialect.map { [$0] } ?? []) + identified }
    }

    /// How many messages wait for a token's verification, beside which a client sends few.
    static let mostHeld = 16
    /// How long after it has opened a socket may show a token.
    static let authTime = Duration.seconds(5)

    let limits: SignalingLimits
    /// Whether there is somebody who knows tokens.
    let takesTokens: Bool
    var dialects: [any SignalingDialect]
    var sockets: [SocketID: Socket] = [:]
    /// Whose place a `resume` is.
    var resumes: [String: SocketID] = [:]
    /// The sockets that are away, the one that has been for longest first, and what is kept for
    /// them in all.
    var away: [SocketID] = []
    var keptBytes = 0
    private(set) var refusals = RefusalTally()
    /// The other nodes; nil where there are none.
    var cluster: Cluster?

    init(
        limits: SignalingLimits = .init(), takesTokens: Bool = false,
        dialects: [any SignalingDialect] = SignalingServerConfiguration.usualDialects
    ) {
        self.limits = limits
        self.takesTokens = takesTokens
        self.dialects = dialects
        for index in dialects.indices { self.dialects[index].begin(limits: limits) }
    }

    /// Whether a socket speaks a dialect.
    func isRegistered(_ socket: SocketID) -> Bool { sockets[socket]?.isRegistered == true }

    /// Reads or changes the dialect of a type; nil where there is none. What follows is to be
    /// carried out.
    mutating func with<Dialect: SignalingDialect, Result>(
        _ type: Dialect.Type, now: Duration, _ body: (inout Dialect, inout SignalingTurn) -> Result
    ) -> (result: Result, outputs: [Output])? {
        for index in dialects.indices {
            guard var dialect = dialects[index] as? Dialect else { continue }
            var turn = SignalingTurn(now: now)
            let result = body(&dialect, &turn)
            dialects[index] = dialect
            return (result, settle(turn.outputs, from: nil, about: nil))
        }
        return nil
    }

    // MARK: Sockets

    /// A socket opened.
    ///
    /// - Parameters:
    ///   - mayJoinRooms: whether rooms are open to it without a token.
    ///   - identity: who its request has shown to be there.
    ///   - origin: what else its request has told.
    mutating func connected(
        _ socket: SocketID, mayJoinRooms: Bool = true, identity: TokenIdentity? = nil, origin: Origin? = nil,
        now: Duration
    ) -> [Output] {
        sockets[socket] = Socket(
            mayJoinRooms: mayJoinRooms, origin: origin, opened: now, lastHeard: now, lastPinged: now)
        guard let identity else { return [] }
        return perform(socket, now: now) { (core, turn) throws(SignalingRefusal) in
            try core.identify(socket, identity, in: &turn)
        }
    }

    /// A sign of life that is no message: a WebSocket ping or pong.
    mutating func alive(_ socket: SocketID, now: Duration) { sockets[socket]?.lastHeard = now }

    /// The server was stopped for so long: nobody was silent meanwhile, slow to register,
    /// or slow to come back.
    mutating func slept(_ gap: Duration) {
        for id in sockets.keys {
            sockets[id]?.opened += gap
            sockets[id]?.lastHeard += gap
            sockets[id]?.mailbox?.slept(gap)
        }
    }

    /// A message arrived, complete.
    ///
    /// - Parameter read: what it says, where it was read already.
    mutating func received(
        _ bytes: [UInt8], read: Result<SignalingMessage, SignalingRefusal>? = nil, from socket: SocketID, now: Duration
    ) -> [Output] {
        guard let state = sockets[socket] else { return [] }
        sockets[socket]?.lastHeard = now
        if state.isVerifying {
            guard state.held.count < Self.mostHeld, bytes.count <= limits.messageSize else {
                return refuse(
                    SignalingRefusal(
                        ErrorMessage.Code.rateLimited, "wait until your token is known", isBad: true), socket, now: now)
            }
            sockets[socket]?.held.append(bytes)
            return []
        }
        return perform(socket, now: now) { [limits] (core, turn) throws(SignalingRefusal) in
            guard bytes.count <= limits.messageSize else { throw core.tooLarge }
            let message = if let read { try read.get() } else { try SignalingMessage(parsing: bytes) }
            try core.handle(message, from: socket, in: &turn)
        }
    }

    /// A message above the limit arrived; its bytes were dropped.
    mutating func receivedTooLarge(from socket: SocketID, now: Duration) -> [Output] {
        guard sockets[socket] != nil else { return [] }
        sockets[socket]?.lastHeard = now
        return refuse(tooLarge, socket, now: now)
    }

    /// A binary message arrived; all dialects are text.
    mutating func receivedBinary(from socket: SocketID, now: Duration) -> [Output] {
        guard sockets[socket] != nil else { return [] }
        sockets[socket]?.lastHeard = now
        let refusal = SignalingRefusal(
            ErrorMessage.Code.invalidMessage, "send JSON as text, not binary", isBad: true)
        return refuse(refusal, socket, now: now)
    }

    /// Whose token it is has been found out.
    ///
    /// - Parameter identity: nil where it is nobody's; `reason` says why, for people.
    mutating func verified(
        _ socket: SocketID, _ identity: TokenIdentity?, reason: String = "", now: Duration
    ) -> [Output] {
        guard let state = sockets[socket], state.isVerifying else { return [] }
        sockets[socket]?.isVerifying = false
        sockets[socket]?.held = []
        var speaker = socket
        var outputs = perform(socket, now: now) { (core, turn) throws(SignalingRefusal) in
            guard let identity else {
                throw SignalingRefusal(ErrorMessage.Code.unauthorized, reason, isBad: true)
            }
            core.sockets[socket]?.identity = identity
            if let message = state.wantsToResume, let old = core.place(for: message, of: socket) {
                speaker = old
                return core.resume(old, on: socket, saying: nil, in: &turn)
            }
            try core.identify(socket, identity, in: &turn)
            if state.wantsToResume != nil { core.welcome(socket, in: &turn) }
        }
        for bytes in state.held { outputs += received(bytes, from: speaker, now: now) }
        return outputs
    }

    /// The socket is gone, or is being closed by the caller.
    mutating func closed(_ socket: SocketID, now: Duration = .zero) -> [Output] {
        guard let state = take(socket) else { return [] }
        var turn = SignalingTurn(now: now)
        for index in state.spoken.reversed() { dialects[index].leave(socket, in: &turn) }
        if state.isRegistered { note(.gone(socket)) }
        return settle(turn.outputs + undelivered(state), from: nil)
    }

    /// Drops whoever was silent for three heartbeat intervals, and who has not registered in time;
    /// pings the others once in each interval. Call it a few times in each.
    mutating func tick(now: Duration) -> [Output] {
        var outputs: [Output] = []
        var dropped: Set<SocketID> = []
        for (socket, state) in sockets.sorted(by: { $0.key < $1.key }) where cluster?.remotes[socket] == nil {
            if let mailbox = state.mailbox {
                if now - mailbox.since >= Mailbox.time { outputs += closed(socket, now: now) }
            } else if now - state.lastHeard >= limits.heartbeatInterval * 3 {
                outputs.append(.close(socket, code: 1001, reason: "no sign of life"))
                dropped.insert(socket)
            } else if !state.isRegistered, now - state.opened >= limits.registrationTime {
                refusals.count(notInTime.code)
                outputs.append(.send(socket, notInTime.reply.bytes))
                outputs.append(.close(socket, code: 1008, reason: notInTime.message))
                dropped.insert(socket)
            } else if now - state.lastPinged >= limits.heartbeatInterval {
                sockets[socket]?.lastPinged = now
                outputs.append(.ping(socket))
            }
        }
        for index in dialects.indices {
            for socket in dialects[index].overdue(now: now) where sockets[socket] != nil {
                refusals.count(ErrorMessage.Code.unauthorized)
                outputs.append(.close(socket, code: 1008, reason: "the challenge was not answered in time"))
                dropped.insert(socket)
            }
        }
        var turn = SignalingTurn(now: now)
        let departures = dropped.sorted().flatMap { lost($0, now: now) }
        for index in dialects.indices { dialects[index].tick(in: &turn) }
        let rest = departures + settle(turn.outputs, from: nil) + tickCluster(now: now)
        // What the first departures told those who depart next need not be sent, nor the same list
        // twice.
        var listed: Set<SocketID> = []
        for output in rest {
            switch output {
            case .send(let socket, _) where dropped.contains(socket): break
            case .list(let socket):
                if !dropped.contains(socket), listed.insert(socket).inserted { outputs.append(output) }
            default: outputs.append(output)
            }
        }
        return outputs
    }

    // MARK: Messages

    private mutating func handle(
        _ message: SignalingMessage, from socket: SocketID, in turn: inout SignalingTurn
    ) throws(SignalingRefusal) {
        guard let state = sockets[socket] else { return }
        if message.type == "auth" { return try authenticate(message, socket, state, in: &turn) }
        if let index = state.spoken.first(where: { dialects[$0].types.contains(message.type) }) {
            if cluster != nil {
                turn.about = dialects[index].key(of: message).map { .init(dialect: dialects[index].name, key: $0) }
                if let about = turn.about, let owner = cluster?.owner(of: about) {
                    let frame = ClusterFrame.say(from: socket, dialect: about.dialect, message.bytes)
                    return turn.outputs.append(tell(owner, frame, by: socket))
                }
            }
            try dialects[index].receive(message, from: socket, in: &turn)
            if dialects[index].openings.contains(message.type) { note(.present(socket)) }
            return
        }
        guard state.dialect == nil else { throw .unknownType(message.type) }
        if let index = dialects.firstIndex(where: { $0.openings.contains(message.type) }) {
            if let old = place(for: message, of: socket) {
                return resume(old, on: socket, saying: message, in: &turn)
            }
            let opener = SignalingSocket(
                id: socket, identity: state.identity, mayJoinRooms: state.mayJoinRooms, host: state.origin?.host,
                port: state.origin?.port, address: state.origin?.address)
            // Written before, for what it answers goes to a socket of the dialect.
            sockets[socket]?.dialect = index
            do throws(SignalingRefusal) {
                try dialects[index].open(message, from: opener, in: &turn)
            } catch {
                sockets[socket]?.dialect = nil
                throw error
            }
            claim(socket, now: turn.now)
            return
        }
        let beginnings = dialects.filter { $0.types.contains(message.type) }.map(\.howToBegin)
        guard let first = beginnings.first else { throw .unknownType(message.type) }
        let others = beginnings.dropFirst()
        throw SignalingRefusal(
            ErrorMessage.Code.notRegistered,
            "\(first)\(others.isEmpty ? "" : " (or \(others.joined(separator: ", or ")))") before \(message.type)",
            isBad: true)
    }

    // MARK: Tokens

    private mutating func authenticate(
        _ message: SignalingMessage, _ socket: SocketID, _ state: Socket, in turn: inout SignalingTurn
    ) throws(SignalingRefusal) {
        if message["token"] == nil, message["resume"] != nil, state.identity != nil {
            guard let old = place(for: message, of: socket) else { return welcome(socket, in: &turn) }
            return resume(old, on: socket, saying: nil, in: &turn)
        }
        guard takesTokens else {
            throw SignalingRefusal(
                ErrorMessage.Code.unauthorized, "this server knows no tokens; whoever runs it can give it a key",
                isBad: true)
        }
        guard state.identity == nil else {
            throw SignalingRefusal(
                ErrorMessage.Code.identity, "a token was shown on this socket; connect again to be somebody else",
                isBad: true)
        }
        guard turn.now - state.opened <= Self.authTime else {
            throw SignalingRefusal(
                ErrorMessage.Code.unauthorized,
                "a token is shown within \(Self.authTime) after the socket has opened; connect again and do",
                isBad: true)
        }
        let token = try message.required("token", limit: 8192)
        sockets[socket]?.isVerifying = true
        sockets[socket]?.wantsToResume = message.has("resume") ? message : nil
        turn.outputs.append(.verify(socket, token: token))
    }

    private mutating func identify(
        _ socket: SocketID, _ identity: TokenIdentity, in turn: inout SignalingTurn
    ) throws(SignalingRefusal) {
        guard let state = sockets[socket] else { return }
        sockets[socket]?.identity = identity
        let known = SignalingSocket(id: socket, identity: identity, mayJoinRooms: state.mayJoinRooms)
        for index in dialects.indices where index != state.dialect {
            if try dialects[index].identified(known, in: &turn) { sockets[socket]?.identified.append(index) }
        }
        if sockets[socket]?.isRegistered == true { claim(socket, now: turn.now) }
    }

    /// A socket speaks a dialect, or one more: the other nodes are to know.
    private mutating func claim(_ socket: SocketID, now: Duration) {
        guard let cluster else { return }
        if sockets[socket]?.claim == 0 { sockets[socket]?.claim = cluster.wallClock(now) }
        note(.present(socket))
    }

    // MARK: Refusals

    /// Runs what may refuse, and tells the sender if it does.
    private mutating func perform(
        _ socket: SocketID, now: Duration,
        _ body: (inout Self, inout SignalingTurn) throws(SignalingRefusal) -> Void
    ) -> [Output] {
        var turn = SignalingTurn(now: now)
        do throws(SignalingRefusal) {
            try body(&self, &turn)
            // A token that is being looked at may yet be a bad one.
            if sockets[socket]?.isVerifying != true { sockets[socket]?.badMessages = 0 }
            return settle(turn.outputs, from: socket, about: turn.about)
        } catch {
            return settle(turn.outputs, from: socket, about: turn.about) + refuse(error, socket, now: now)
        }
    }

    private mutating func refuse(_ refusal: SignalingRefusal, _ socket: SocketID, now: Duration) -> [Output] {
        refusals.count(refusal.code)
        let error = Output.send(socket, refusal.reply.bytes)
        if let close = refusal.close {
            return [error, .close(socket, code: close.code, reason: close.reason)] + closed(socket, now: now)
        }
        guard refusal.isBad else { return [error] }
        let count = (sockets[socket]?.badMessages ?? 0) + 1
        sockets[socket]?.badMessages = count
        guard count >= limits.badMessages else { return [error] }
        return [error, .close(socket, code: 1008, reason: "\(count) bad messages in a row")]
            + closed(socket, now: now)
    }

    private var notInTime: SignalingRefusal {
        SignalingRefusal(
            ErrorMessage.Code.notRegistered,
            "nobody has registered within \(limits.registrationTime); connect again and do", isBad: true)
    }

    private var tooLarge: SignalingRefusal {
        SignalingRefusal(
            ErrorMessage.Code.tooLarge, "the message is larger than the \(limits.messageSize) bytes allowed",
            isBad: true)
    }
}
