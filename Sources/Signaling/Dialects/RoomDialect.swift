internal import StrictJSON

/// The room dialect: `join`, then offers, answers and candidates to one peer, or to all others of
/// the room.
public struct RoomDialect: SignalingDialect {
    private struct Peer: Sendable {
        let room: String
        let id: String
        /// How often it may join again.
        var joins: RateLimit
    }

    private var limits = SignalingLimits()
    /// The sockets of a room's peers, by room and peer id.
    private(set) var rooms: [String: [String: SignalingSocketID]] = [:]
    private var members: [SignalingSocketID: Peer] = [:]
    /// Those whose connection has broken, and who may come back, by room and peer id.
    private var away: [String: [String: SignalingSocketID]] = [:]

    /// No rooms.
    public init() {}

    public var name: String { "room" }
    public let openings: Set = ["join"]
    public let types: Set = ["join", "offer", "answer", "candidate"]
    public var howToBegin: String { "send join" }

    /// Takes how many peers a room may have, and how often one may join again.
    public mutating func begin(limits: SignalingLimits) { self.limits = limits }

    public var spansServers: Bool { true }

    /// Its `join`.
    public func presence(of socket: SignalingSocketID) -> SignalingMessage? {
        members[socket].map { SignalingMessage(type: "join", ["room": $0.room, "peerId": $0.id]) }
    }

    /// Whoever is in its room with its `peerId`.
    public func holder(of message: SignalingMessage) -> SignalingSocketID? {
        (try? Self.place(in: message)).flatMap { rooms[$0.room]?[$0.peerID] }
    }

    /// Takes `join`.
    public mutating func open(
        _ message: SignalingMessage, from socket: SignalingSocket, in turn: inout SignalingTurn
    ) throws(SignalingRefusal) {
        guard socket.mayJoinRooms || socket.identity != nil else {
            throw SignalingRefusal(
                ErrorMessage.Code.unauthorized,
                "rooms are not open to everybody at this server: show a token, or have whoever runs it open them",
                isBad: true)
        }
        let (room, peerID) = try Self.place(in: message)
        let others = rooms[room] ?? [:]
        guard others[peerID] == nil else { throw .inUse("another socket joined as \(peerID)") }
        guard others.count < limits.peers else { throw .full("the room", limits.peers) }
        if let former = takeAway(room, peerID) {
            members[former] = nil
            turn.forget(former)
        }
        rooms[room, default: [:]][peerID] = socket.id
        members[socket.id] = Peer(
            room: room, id: peerID, joins: RateLimit(burst: limits.registrations, perSecond: 1))
        turn.welcome(socket.id, with: Self.list(of: others))
        turn.announce(SignalingMessage(type: "peer-joined", ["peerId": peerID]), to: others.values.sorted())
    }

    private static func list(of others: [String: SignalingSocketID]) -> SignalingMessage {
        SignalingMessage(type: "peer-list", members: ["peers": .array(others.keys.sorted().map { .string($0) })])
    }

    /// The room and the id that `join` names.
    private static func place(in message: SignalingMessage) throws(SignalingRefusal) -> (room: String, peerID: String) {
        (message.has("room") ? try message.required("room") : "default", try message.required("peerId"))
    }

    /// `join` of a socket that has joined: the list again, if it is the same room and id.
    private mutating func joinAgain(
        _ message: SignalingMessage, _ socket: SignalingSocketID, _ peer: Peer, in turn: inout SignalingTurn
    ) throws(SignalingRefusal) {
        guard try Self.place(in: message) == (peer.room, peer.id) else {
            throw SignalingRefusal(
                ErrorMessage.Code.identity, "this socket has joined as somebody else, or another room")
        }
        guard turn.isResuming || members[socket]?.joins.take(now: turn.now) == true else {
            throw .registersTooOften(limits.registrations)
        }
        turn.welcome(socket, with: Self.list(of: (rooms[peer.room] ?? [:]).filter { $0.key != peer.id }))
    }

    /// Takes the peer out of its room, and tells the others.
    public mutating func leave(_ socket: SignalingSocketID, in turn: inout SignalingTurn) {
        guard let peer = members.removeValue(forKey: socket) else { return }
        if takeAway(peer.room, peer.id) == nil { takeOut(peer, in: &turn) }
    }

    /// Takes the peer out of its room; who knows its id can still say something to it.
    public mutating func detach(_ socket: SignalingSocketID, in turn: inout SignalingTurn) -> Bool {
        guard let peer = members[socket] else { return false }
        takeOut(peer, in: &turn)
        away[peer.room, default: [:]][peer.id] = socket
        return true
    }

    /// Puts the peer into its room again.
    public mutating func attach(_ socket: SignalingSocketID, in turn: inout SignalingTurn) {
        guard let peer = members[socket], takeAway(peer.room, peer.id) != nil else { return }
        let others = rooms[peer.room] ?? [:]
        rooms[peer.room, default: [:]][peer.id] = socket
        turn.announce(SignalingMessage(type: "peer-joined", ["peerId": peer.id]), to: others.values.sorted())
    }

    private mutating func takeAway(_ room: String, _ peerID: String) -> SignalingSocketID? {
        defer { if away[room]?.isEmpty == true { away[room] = nil } }
        return away[room]?.removeValue(forKey: peerID)
    }

    private mutating func takeOut(_ peer: Peer, in turn: inout SignalingTurn) {
        rooms[peer.room]?[peer.id] = nil
        guard let others = rooms[peer.room], !others.isEmpty else {
            rooms[peer.room] = nil
            return
        }
        turn.announce(SignalingMessage(type: "peer-left", ["peerId": peer.id]), to: others.values.sorted())
    }

    /// Takes what somebody in a room says.
    public mutating func receive(
        _ message: SignalingMessage, from socket: SignalingSocketID, in turn: inout SignalingTurn
    ) throws(SignalingRefusal) {
        guard let peer = members[socket] else { return }
        if message.type == "join" { return try joinAgain(message, socket, peer, in: &turn) }
        for field in ["from", "peerId"] {
            guard let claimed = message.value(field) else { continue }
            guard claimed.text == peer.id else {
                throw SignalingRefusal(ErrorMessage.Code.identity, "\(field) is not the id this socket joined with")
            }
        }
        var message = message
        message["from"] = peer.id
        let others = rooms[peer.room] ?? [:]
        guard message.has("to") else {
            return turn.send(message, to: others.values.filter { $0 != socket }.sorted())
        }
        let target = try message.required("to")
        guard let recipient = others[target] ?? away[peer.room]?[target] else {
            throw SignalingRefusal(ErrorMessage.Code.unknownPeer, "\(target) is not in the room", to: target)
        }
        turn.send(message, to: recipient)
    }
}
