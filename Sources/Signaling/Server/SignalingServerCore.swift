/// What the signaling server does, without sockets and clocks: what arrives and the time go in, what to send comes out.
///
/// Each socket's first good message decides its dialect: `register` the mesh dialect, `join` the room dialect. The rules
/// they share are here: the sender's identity is the one its socket registered, nothing with a target goes to anybody
/// else, bad messages in a row end the socket, silence ends the peer.
struct SignalingServerCore {
    /// Names a socket; given by the caller and never used again.
    typealias SocketID = UInt64

    /// A point in time, as the duration since some fixed one.
    typealias Time = Duration

    enum Output: Hashable {
        case send(SocketID, [UInt8])
        /// Close with this code (RFC 6455 §7.4); the socket is forgotten already.
        case close(SocketID, code: UInt16, reason: String)
    }

    struct Socket {
        var member: Member?
        var badMessages = 0
        var lastHeard: Time
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

    /// A socket opened.
    mutating func connected(_ socket: SocketID, now: Time) {
        sockets[socket] = Socket(lastHeard: now)
    }

    /// A sign of life that is no message: a WebSocket ping.
    mutating func alive(_ socket: SocketID, now: Time) {
        sockets[socket]?.lastHeard = now
    }

    /// A message arrived, complete.
    mutating func received(_ bytes: [UInt8], from socket: SocketID, now: Time) -> [Output] {
        guard sockets[socket] != nil else { return [] }
        sockets[socket]?.lastHeard = now
        do throws(Refusal) {
            let outputs = try handle(try parse(bytes), from: socket)
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

    /// Drops whoever was silent for three heartbeat intervals. Call it a few times in each interval.
    mutating func tick(now: Time) -> [Output] {
        let silent = sockets.filter { now - $0.value.lastHeard >= limits.heartbeatInterval * 3 }.keys.sorted()
        var outputs: [Output] = silent.map { .close($0, code: 1001, reason: "no sign of life") }
        for socket in silent { outputs += closed(socket) }
        // What the first departures told those who depart next need not be sent.
        outputs.removeAll { output in
            if case .send(let socket, _) = output { silent.contains(socket) } else { false }
        }
        return outputs
    }

    private var tooLarge: Refusal {
        Refusal(
            code: ErrorMessage.Code.messageTooLarge,
            message: "the message is larger than the \(limits.messageSize) bytes allowed", isBad: true)
    }

    private func parse(_ bytes: [UInt8]) throws(Refusal) -> JSONValue {
        guard bytes.count <= limits.messageSize else { throw tooLarge }
        let value: JSONValue
        do throws(JSONReader.Failure) {
            value = try JSONReader.read(bytes)
        } catch {
            throw Refusal(
                code: ErrorMessage.Code.malformedJSON, message: "not JSON at byte \(error.offset): \(error.reason)",
                isBad: true)
        }
        guard case .object = value else {
            throw Refusal(
                code: ErrorMessage.Code.malformedJSON, message: "a message is a JSON object with a type", isBad: true)
        }
        return value
    }

    private mutating func handle(_ message: JSONValue, from socket: SocketID) throws(Refusal) -> [Output] {
        guard let type = message["type"]?.text else {
            throw Refusal(code: ErrorMessage.Code.invalidMessage, message: "a message needs a type", isBad: true)
        }
        switch sockets[socket]?.member {
        case .mesh(let key): return try handleMesh(type, message, from: socket, key: key)
        case .room(let room, let peerID):
            return try handleRoom(type, message, from: socket, room: room, peerID: peerID)
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

    /// A string that has to be there, not empty and not longer than anybody needs.
    func required(_ field: String, of message: JSONValue, limit: Int = 256) throws(Refusal) -> String {
        guard let text = message[field]?.text, !text.isEmpty, text.utf8.count <= limit else {
            throw Refusal(
                code: ErrorMessage.Code.invalidMessage, message: "\(field) must be a string of 1 to \(limit) bytes",
                isBad: true)
        }
        return text
    }

    private mutating func refuse(_ refusal: Refusal, _ socket: SocketID) -> [Output] {
        var fields: [String: JSONValue] = [
            "type": .string("error"), "code": .string(refusal.code), "message": .string(refusal.message),
        ]
        if let to = refusal.to { fields["to"] = .string(to) }
        let error = Output.send(socket, JSONValue.object(fields).bytes)
        if let close = refusal.close {
            return [error, .close(socket, code: close.code, reason: close.reason)] + closed(socket)
        }
        guard refusal.isBad else { return [error] }
        let count = (sockets[socket]?.badMessages ?? 0) + 1
        sockets[socket]?.badMessages = count
        guard count >= limits.badMessages else { return [error] }
        return [error, .close(socket, code: 1008, reason: "\(count) bad messages in a row")] + closed(socket)
    }
}
