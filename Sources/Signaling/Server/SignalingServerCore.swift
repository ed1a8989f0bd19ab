internal import StrictJSON

/// What the signaling server does, without sockets and clocks: what arrives and the time go in,
/// what to send comes out.
///
/// Each socket's first good message decides its dialect: `register` the mesh dialect, `join` the
/// room dialect. The rules they share are here: the sender's identity is the one its socket
/// registered, nothing with a target goes to anybody else, bad messages in a row end the socket,
/// silence ends the peer.
struct SignalingServerCore {
    /// Names a socket; given by the caller and never used again.
    typealias SocketID = UInt64

    /// A point in time, as the duration since some fixed one.
    typealias Time = Duration

    enum Output: Hashable {
        case send(SocketID, [UInt8])
        /// Send the list of the mesh's peers, as it is when its turn comes.
        case peerList(SocketID)
        /// Send a WebSocket ping.
        case ping(SocketID)
        /// Close with this code (RFC 6455 §7.4); the socket is forgotten already.
        case close(SocketID, code: UInt16, reason: String)
    }

    struct Socket {
        var member: Member?
        var badMessages = 0
        let mayJoin: Bool
        let opened: Time
        var lastHeard: Time
        var lastPinged: Time
        /// How often a registered peer may register again.
        var registrations: RateLimit
    }

    /// Who a socket is.
    enum Member: Hashable {
        case mesh(key: String)
        case room(String, peerID: String)
    }

    /// A message that is refused. `isBad` counts towards the end of the socket.
    struct Refusal: Error {
        var code: String
        var message: String
        var to: String?
        var isBad = false
        var close: (code: UInt16, reason: String)?
    }

    let limits: SignalingLimits
    var sockets: [SocketID: Socket] = [:]
    var mesh = MeshMembers()
    var rooms = RoomMembers()

    init(limits: SignalingLimits = .init()) {
        self.limits = limits
    }

    /// Whether somebody registered, or joined, on the socket.
    func isRegistered(_ socket: SocketID) -> Bool { sockets[socket]?.member != nil }

    /// A socket opened.
    ///
    /// - Parameter mayJoin: whether rooms are open to it.
    mutating func connected(_ socket: SocketID, mayJoin: Bool = true, now: Time) {
        sockets[socket] = Socket(
            mayJoin: mayJoin, opened: now, lastHeard: now, lastPinged: now,
            registrations: RateLimit(burst: limits.registrations, perSecond: 1))
    }

    /// A sign of life that is no message: a WebSocket ping or pong.
    mutating func alive(_ socket: SocketID, now: Time) {
        sockets[socket]?.lastHeard = now
    }

    /// A message arrived, complete.
    mutating func received(_ bytes: [UInt8], from socket: SocketID, now: Time) -> [Output] {
        guard sockets[socket] != nil else { return [] }
        sockets[socket]?.lastHeard = now
        do throws(Refusal) {
            let outputs = try handle(try parse(bytes), from: socket, now: now)
            sockets[socket]?.badMessages = 0
            return outputs
        } catch {
            return refuse(error, socket)
        }
    }

    /// A message above the limit arrived; its bytes were dropped.
    mutating func receivedTooLarge(from socket: SocketID, now: Time) -> [Output] {
        guard sockets[socket] != nil else { return [] }
        sockets[socket]?.lastHeard = now
        return refuse(tooLarge, socket)
    }

    /// A binary message arrived; both dialects are text.
    mutating func receivedBinary(from socket: SocketID, now: Time) -> [Output] {
        guard sockets[socket] != nil else { return [] }
        sockets[socket]?.lastHeard = now
        return refuse(
            Refusal(code: ErrorMessage.Code.invalidMessage, message: "send JSON as text, not binary", isBad: true),
            socket)
    }

    /// The socket is gone, or is being closed by the caller.
    mutating func closed(_ socket: SocketID) -> [Output] {
        switch sockets.removeValue(forKey: socket)?.member {
        case .mesh(let key): leaveMesh(key)
        case .room(let room, let peerID): leaveRoom(room, peerID)
        case nil: []
        }
    }

    /// Drops whoever was silent for three heartbeat intervals, and who has not registered in time;
    /// pings the others once in each interval. Call it a few times in each.
    mutating func tick(now: Time) -> [Output] {
        var outputs: [Output] = []
        var dropped: Set<SocketID> = []
        for (socket, state) in sockets.sorted(by: { $0.key < $1.key }) {
            if now - state.lastHeard >= limits.heartbeatInterval * 3 {
                outputs.append(.close(socket, code: 1001, reason: "no sign of life"))
                dropped.insert(socket)
            } else if state.member == nil, now - state.opened >= limits.registrationTime {
                outputs.append(.send(socket, Self.error(notInTime).bytes))
                outputs.append(.close(socket, code: 1008, reason: notInTime.message))
                dropped.insert(socket)
            } else if now - state.lastPinged >= limits.heartbeatInterval {
                sockets[socket]?.lastPinged = now
                outputs.append(.ping(socket))
            }
        }
        var announcements: [Output] = []
        for socket in dropped.sorted() { announcements += closed(socket) }
        // What the first departures told those who depart next need not be sent, nor the same list
        // twice.
        var listed: Set<SocketID> = []
        for output in announcements {
            switch output {
            case .send(let socket, _) where dropped.contains(socket): break
            case .peerList(let socket):
                if !dropped.contains(socket), listed.insert(socket).inserted { outputs.append(output) }
            default: outputs.append(output)
            }
        }
        return outputs
    }

    private var notInTime: Refusal {
        Refusal(
            code: ErrorMessage.Code.notRegistered,
            message: "nobody has registered within \(limits.registrationTime); connect again and do",
            isBad: true)
    }

    private var tooLarge: Refusal {
        Refusal(
            code: ErrorMessage.Code.tooLarge,
            message: "the message is larger than the \(limits.messageSize) bytes allowed", isBad: true)
    }

    private func parse(_ bytes: [UInt8]) throws(Refusal) -> JSONValue {
        guard bytes.count <= limits.messageSize else { throw tooLarge }
        let value: JSONValue
        do throws(JSONReader.Failure) {
            value = try JSONReader.read(bytes)
        } catch {
            throw Refusal(
                code: ErrorMessage.Code.malformed, message: "not JSON at byte \(error.offset): \(error.reason)",
                isBad: true)
        }
        guard case .object = value else {
            throw Refusal(
                code: ErrorMessage.Code.malformed, message: "a message is a JSON object with a type", isBad: true)
        }
        return value
    }

    private mutating func handle(
        _ message: JSONValue, from socket: SocketID, now: Time
    ) throws(Refusal) -> [Output] {
        guard let type = message["type"]?.text else {
            throw Refusal(code: ErrorMessage.Code.invalidMessage, message: "a message needs a type", isBad: true)
        }
        switch sockets[socket]?.member {
        case .mesh(let key): return try handleMesh(type, message, from: socket, key: key, now: now)
        case .room(let room, let peerID):
            return try handleRoom(type, message, from: socket, room: room, peerID: peerID, now: now)
        case nil:
            switch type {
            case "register": return try register(message, socket)
            case "join": return try join(message, socket)
            case "offer", "answer", "ice", "heartbeat", "candidate":
                throw Refusal(
                    code: ErrorMessage.Code.notRegistered, message: "send register (or join) before \(type)",
                    isBad: true)
            default: throw unknownType(type)
            }
        }
    }

    func unknownType(_ type: String) -> Refusal {
        Refusal(
            code: ErrorMessage.Code.unknownType, message: "clients send no message of type \"\(type.prefix(40))\"",
            isBad: true)
    }

    /// A string that has to be there, not empty and not longer than anybody needs, as it is written
    /// in JSON: there a control character is six bytes.
    func required(_ field: String, of message: JSONValue, limit: Int = 256) throws(Refusal) -> String {
        guard let value = message[field], let text = value.text, !text.isEmpty, text.utf8.count <= limit,
            value.bytes.count <= limit + 2
        else {
            throw Refusal(
                code: ErrorMessage.Code.invalidMessage,
                message: "\(field) must be a string of 1 to \(limit) bytes in JSON", isBad: true)
        }
        return text
    }

    /// Counts a registration that follows another one of the same socket.
    mutating func countRegistration(_ socket: SocketID, now: Time) throws(Refusal) {
        guard sockets[socket]?.registrations.take(now: now) != true else { return }
        throw Refusal(
            code: ErrorMessage.Code.rateLimited,
            message: "this socket is registered; after \(limits.registrations) times in a row, once a second is enough",
            isBad: true)
    }

    /// Refused because the group has as many members as it may.
    func fullRefusal(_ group: String) -> Refusal {
        Refusal(
            code: ErrorMessage.Code.full, message: "\(group) has \(limits.peers) peers, and no more are taken",
            close: (1013, "\(group) is full"))
    }

    private mutating func refuse(_ refusal: Refusal, _ socket: SocketID) -> [Output] {
        let error = Output.send(socket, Self.error(refusal).bytes)
        if let close = refusal.close {
            return [error, .close(socket, code: close.code, reason: close.reason)] + closed(socket)
        }
        guard refusal.isBad else { return [error] }
        let count = (sockets[socket]?.badMessages ?? 0) + 1
        sockets[socket]?.badMessages = count
        guard count >= limits.badMessages else { return [error] }
        return [error, .close(socket, code: 1008, reason: "\(count) bad messages in a row")] + closed(socket)
    }

    private static func error(_ refusal: Refusal) -> JSONValue {
        var fields: [String: JSONValue] = [
            "type": .string("error"), "code": .string(refusal.code), "message": .string(refusal.message),
        ]
        if let to = refusal.to { fields["to"] = .string(to) }
        return .object(fields)
    }
}
