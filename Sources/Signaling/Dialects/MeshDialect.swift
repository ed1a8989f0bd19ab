internal import StrictJSON

/// The mesh dialect: peers that register with a UUID, `offer`, `answer` and `ice` from one to
/// another, and the list of peers for everyone.
public struct MeshDialect: SignalingDialect {
    private struct Peer: Sendable {
        var socket: SignalingSocketID
        var registration: Registration
        /// Peers are listed in the order in which they came.
        var order: Int
        /// How often it may register again.
        var registrations: RateLimit
    }

    private static let departedLimit = 256

    /// Decides who may register; nil where everybody may.
    private var gate: (any RegistrationGate)?
    /// Sockets that are at the gate, and the id that they may register with once that is decided.
    private var visitors: [SignalingSocketID: (socket: SignalingSocket, admitted: String?)] = [:]
    private var limits = SignalingLimits()
    /// By the keys of their ids: clients spell the same one differently.
    private var members: [String: Peer] = [:]
    private var keys: [SignalingSocketID: String] = [:]
    /// Those whose connection has broken, and who may come back.
    private var away: [String: Peer] = [:]
    private var leader: String?
    private var lastOrder = 0
    /// Grows with each change of the list.
    public private(set) var listVersion = 0
    /// Who left last, so that a message to one of them is told from one to somebody who never was
    /// there.
    private var departed: [String] = []

    /// A mesh of nobody.
    ///
    /// - Parameter gate: Decides who may register, by `challenge` and `response`; nil where
    ///   everybody may. With one, a place is not kept for a connection that has broken, and the
    ///   mesh is that of one server.
    public init(gate: (any RegistrationGate)? = nil) {
        self.gate = gate
        openings = gate == nil ? ["register"] : ["register", "challenge"]
        let types: Set = ["register", "offer", "answer", "ice", "heartbeat"]
        self.types = gate == nil ? types : types.union(["challenge", "response"])
    }

    public var name: String { "mesh" }
    public let openings: Set<String>
    public let types: Set<String>
    public var howToBegin: String {
        gate == nil ? "send register" : "this mesh has a key: send challenge, and answer the server's"
    }

    /// Takes how many peers there may be, and how often one may register again.
    public mutating func begin(limits: SignalingLimits) { self.limits = limits }

    public var spansServers: Bool { gate == nil }

    /// Its `register`.
    public func presence(of socket: SignalingSocketID) -> SignalingMessage? {
        keys[socket].flatMap { members[$0] ?? away[$0] }.map { MeshMessage.register($0.registration).message }
    }

    /// Whoever is registered with its `peer_id`.
    public func holder(of message: SignalingMessage) -> SignalingSocketID? {
        message["peer_id"].flatMap { members[$0.peerKey]?.socket }
    }

    // MARK: The list

    /// The peers as they are listed.
    public var peers: [PeerInfo] {
        members.sorted { $0.value.order < $1.value.order }.map { key, peer in
            PeerInfo(
                id: peer.registration.peerID, peerType: peer.registration.peerType,
                displayName: peer.registration.displayName, isConnected: true, isLeader: key == leader)
        }
    }

    /// `peer_list`.
    public var list: SignalingMessage? { MeshMessage.peerList(peers).message }

    /// Says who leads the mesh, which the list tells; nil when nobody does.
    public mutating func setLeader(_ peerID: String?, in turn: inout SignalingTurn) {
        let key = peerID?.peerKey
        guard leader != key else { return }
        leader = key
        listChanged(in: &turn)
    }

    /// The list for everyone.
    ///
    /// - Parameter newcomer: whose answer it is.
    private mutating func listChanged(in turn: inout SignalingTurn, welcome newcomer: SignalingSocketID? = nil) {
        listVersion += 1
        for socket in members.values.map(\.socket).sorted() {
            if socket == newcomer { welcome(socket, in: &turn) } else { turn.sendList(to: socket) }
        }
    }

    private func welcome(_ socket: SignalingSocketID, in turn: inout SignalingTurn) {
        guard gate == nil else { return turn.sendList(to: socket) }
        if let list { turn.welcome(socket, with: list) }
    }

    // MARK: Who is there

    /// Takes `register`, which has to come behind a `challenge` where there is a gate.
    public mutating func open(
        _ message: SignalingMessage, from socket: SignalingSocket, in turn: inout SignalingTurn
    ) throws(SignalingRefusal) {
        guard gate == nil else {
            visitors[socket.id] = (socket, nil)
            do throws(SignalingRefusal) {
                return try visit(message, from: socket.id, in: &turn)
            } catch {
                leave(socket.id, in: &turn)
                throw error
            }
        }
        try enroll(message, socket, in: &turn)
    }

    /// Takes what a socket says that has not registered and is at the gate.
    private mutating func visit(
        _ message: SignalingMessage, from id: SignalingSocketID, in turn: inout SignalingTurn
    ) throws(SignalingRefusal) {
        guard let visitor = visitors[id] else { return }
        switch message.type {
        case "challenge", "response":
            guard let passage = try gate?.receive(message, from: visitor.socket, now: turn.now) else { return }
            visitors[id]?.admitted = passage.admitted
            if let answer = passage.answer { turn.send(answer, to: id) }
        case "register":
            guard let admitted = visitor.admitted else {
                gate?.turnedAway(visitor.socket)
                throw SignalingRefusal(ErrorMessage.Code.notRegistered, howToBegin, isBad: true)
            }
            guard try message.required("peer_id").peerKey == admitted.peerKey else {
                throw SignalingRefusal(
                    ErrorMessage.Code.unauthorized, "this id has not answered the challenge of the mesh's key",
                    isBad: true)
            }
            try enroll(message, visitor.socket, in: &turn)
            visitors[id] = nil
            gate?.leave(id)
        default:
            throw SignalingRefusal(
                ErrorMessage.Code.notRegistered, "\(howToBegin), before \(message.type)", isBad: true)
        }
    }

    private mutating func enroll(
        _ message: SignalingMessage, _ socket: SignalingSocket, in turn: inout SignalingTurn
    ) throws(SignalingRefusal) {
        let registration = try Registration(message)
        let key = registration.peerID.peerKey
        guard members[key] == nil else { throw .inUse("another socket is registered as \(registration.peerID)") }
        guard members.count < limits.peers else { throw .full("the mesh", limits.peers) }
        if let former = away.removeValue(forKey: key) {
            keys[former.socket] = nil
            turn.forget(former.socket)
        }
        lastOrder += 1
        members[key] = Peer(
            socket: socket.id, registration: registration, order: lastOrder,
            registrations: RateLimit(burst: limits.registrations, perSecond: 1))
        keys[socket.id] = key
        departed.removeAll { $0 == key }
        listChanged(in: &turn, welcome: socket.id)
    }

    /// The socket's peer says anew who it is. Everyone hears of it if that is news.
    private mutating func registerAgain(
        _ message: SignalingMessage, _ socket: SignalingSocketID, key: String, in turn: inout SignalingTurn
    ) throws(SignalingRefusal) {
        guard try message.required("peer_id").peerKey == key else {
            throw SignalingRefusal(ErrorMessage.Code.identity, "this socket is registered under another id")
        }
        let registration = try Registration(message)
        guard turn.isResuming || members[key]?.registrations.take(now: turn.now) == true else {
            throw .registersTooOften(limits.registrations)
        }
        guard members[key]?.registration != registration else { return welcome(socket, in: &turn) }
        members[key]?.registration = registration
        listChanged(in: &turn, welcome: socket)
    }

    /// Forgets the peer, and tells the others.
    public mutating func leave(_ socket: SignalingSocketID, in turn: inout SignalingTurn) {
        if visitors.removeValue(forKey: socket) != nil { gate?.leave(socket) }
        guard let key = keys.removeValue(forKey: socket) else { return }
        if away.removeValue(forKey: key) != nil { return }
        members[key] = nil
        departed.append(key)
        if departed.count > Self.departedLimit { departed.removeFirst() }
        listChanged(in: &turn)
    }

    /// Takes the peer off the list; who knows its id can still say something to it.
    public mutating func detach(_ socket: SignalingSocketID, in turn: inout SignalingTurn) -> Bool {
        // What it takes to come back was told on the connection, for all to hear who listen.
        guard gate == nil, let key = keys[socket], let peer = members.removeValue(forKey: key) else { return false }
        away[key] = peer
        listChanged(in: &turn)
        return true
    }

    /// Puts the peer on the list again, where it was.
    public mutating func attach(_ socket: SignalingSocketID, in turn: inout SignalingTurn) {
        guard let key = keys[socket], let peer = away.removeValue(forKey: key) else { return }
        members[key] = peer
        listChanged(in: &turn)
    }

    /// Those who are at the gate for too long.
    public mutating func overdue(now: Duration) -> [SignalingSocketID] { gate?.overdue(now: now) ?? [] }

    // MARK: Messages

    /// Takes what a registered peer says.
    public mutating func receive(
        _ message: SignalingMessage, from socket: SignalingSocketID, in turn: inout SignalingTurn
    ) throws(SignalingRefusal) {
        guard let key = keys[socket] else { return try visit(message, from: socket, in: &turn) }
        switch message.type {
        case "register": try registerAgain(message, socket, key: key, in: &turn)
        case "heartbeat": try checkIdentity("peer_id", of: message, key: key)
        case "offer", "answer":
            guard message.value("sdp")?.isString == true else {
                throw SignalingRefusal(
                    ErrorMessage.Code.invalidMessage, "\(message.type) needs an sdp", isBad: true)
            }
            try relay(message, key: key, in: &turn)
        case "ice": try relay(try Self.withCandidateLine(message), key: key, in: &turn)
        default: throw .unknownType(message.type)
        }
    }

    /// The message with a string in `candidate`, which is what clients read. The members of an
    /// `RTCIceCandidateInit` that came in its place stand beside it; `null` is the empty string,
    /// the end of candidates.
    private static func withCandidateLine(_ message: SignalingMessage) throws(SignalingRefusal) -> SignalingMessage {
        var message = message
        switch message.members["candidate"] {
        case .string?, .raw?: break
        case .null?: message["candidate"] = ""
        case .object(let members)?:
            guard let line = (members["candidate"] ?? .string("")).text else { fallthrough }
            message["candidate"] = line
            for (name, value) in members where message.members[name] == nil && name != "type" {
                message.members[name] = value
            }
        default:
            throw SignalingRefusal(
                ErrorMessage.Code.invalidMessage, "ice needs a candidate, which is a string", isBad: true)
        }
        return message
    }

    /// Sends the message to its target alone, with the sender as it registered.
    private func relay(
        _ message: SignalingMessage, key: String, in turn: inout SignalingTurn
    ) throws(SignalingRefusal) {
        try checkIdentity("from_peer_id", of: message, key: key)
        let target = try message.required("to_peer_id")
        guard let peer = members[target.peerKey] ?? away[target.peerKey] else {
            let hasLeft = departed.contains(target.peerKey)
            throw SignalingRefusal(
                hasLeft ? ErrorMessage.Code.recipientOffline : ErrorMessage.Code.unknownPeer,
                hasLeft ? "\(target) is not connected any more" : "nobody is registered as \(target)", to: target)
        }
        var message = message
        message["from_peer_id"] = members[key]?.registration.peerID
        message["to_peer_id"] = peer.registration.peerID
        turn.send(message, to: peer.socket)
    }

    private func checkIdentity(_ field: String, of message: SignalingMessage, key: String) throws(SignalingRefusal) {
        guard let claimed = message.value(field) else { return }
        guard claimed.text?.peerKey == key else {
            throw SignalingRefusal(ErrorMessage.Code.identity, "\(field) is not the id this socket registered")
        }
    }
}

extension SignalingRefusal {
    /// Registered, and registers again and again.
    static func registersTooOften(_ limit: Int) -> Self {
        Self(
            ErrorMessage.Code.rateLimited,
            "this socket is registered; after \(limit) times in a row, once a second is enough", isBad: true)
    }
}
