internal import StrictJSON

/// Who is in which room of the room dialect.
struct RoomMembers {
    /// The sockets of a room's peers, by room and peer id.
    var rooms: [String: [String: SignalingServerCore.SocketID]] = [:]
}

/// The room dialect: join, then offers, answers and candidates to one peer, or to all others of the
/// room.
extension SignalingServerCore {
    mutating func join(_ message: JSONValue, _ socket: SocketID) throws(Refusal) -> [Output] {
        guard sockets[socket]?.mayJoin == true else {
            throw Refusal(
                code: ErrorMessage.Code.unauthorized,
                message: "rooms are not open to everybody at this server; whoever runs it can open them", isBad: true)
        }
        let (room, peerID) = try place(in: message)
        guard rooms.rooms[room]?[peerID] == nil else {
            throw Refusal(
                code: ErrorMessage.Code.idInUse, message: "another socket joined as \(peerID)",
                close: (4409, "id in use"))
        }
        let others = rooms.rooms[room] ?? [:]
        guard others.count < limits.peers else { throw fullRefusal("the room") }
        rooms.rooms[room, default: [:]][peerID] = socket
        sockets[socket]?.member = .room(room, peerID: peerID)
        return [list(of: others, for: socket)] + tell(others, "peer-joined", peerID)
    }

    private func list(of others: [String: SocketID], for socket: SocketID) -> Output {
        let peers = JSONValue.array(others.keys.sorted().map { .string($0) })
        return .send(socket, JSONValue.object(["type": .string("peer-list"), "peers": peers]).bytes)
    }

    /// The room and the id that `join` names.
    private func place(in message: JSONValue) throws(Refusal) -> (room: String, peerID: String) {
        (message["room"] == nil ? "default" : try required("room", of: message), try required("peerId", of: message))
    }

    /// `join` of a socket that has joined: the list again, if it is the same room and id.
    private mutating func joinAgain(
        _ message: JSONValue, _ socket: SocketID, room: String, peerID: String, now: Time
    ) throws(Refusal) -> [Output] {
        guard try place(in: message) == (room, peerID) else {
            throw Refusal(
                code: ErrorMessage.Code.identity, message: "this socket has joined as somebody else, or another room")
        }
        try countRegistration(socket, now: now)
        return [list(of: (rooms.rooms[room] ?? [:]).filter { $0.key != peerID }, for: socket)]
    }

    mutating func leaveRoom(_ room: String, _ peerID: String) -> [Output] {
        rooms.rooms[room]?[peerID] = nil
        guard let others = rooms.rooms[room], !others.isEmpty else {
            rooms.rooms[room] = nil
            return []
        }
        return tell(others, "peer-left", peerID)
    }

    mutating func handleRoom(
        _ type: String, _ message: JSONValue, from socket: SocketID, room: String, peerID: String, now: Time
    ) throws(Refusal) -> [Output] {
        switch type {
        case "offer", "answer", "candidate": break
        case "join": return try joinAgain(message, socket, room: room, peerID: peerID, now: now)
        default: throw unknownType(type)
        }
        for field in ["from", "peerId"] {
            guard let claimed = message[field] else { continue }
            guard claimed.text == peerID else {
                throw Refusal(
                    code: ErrorMessage.Code.identity, message: "\(field) is not the id this socket joined with")
            }
        }
        guard case .object(var fields) = message else { throw unknownType(type) }
        fields["from"] = .string(peerID)
        let bytes = JSONValue.object(fields).bytes
        let members = rooms.rooms[room] ?? [:]
        guard message["to"] != nil else {
            return members.values.filter { $0 != socket }.sorted().map { .send($0, bytes) }
        }
        let target = try required("to", of: message)
        guard let recipient = members[target] else {
            throw Refusal(code: ErrorMessage.Code.unknownPeer, message: "\(target) is not in the room", to: target)
        }
        return [.send(recipient, bytes)]
    }

    private func tell(_ members: [String: SocketID], _ type: String, _ peerID: String) -> [Output] {
        let bytes = JSONValue.object(["type": .string(type), "peerId": .string(peerID)]).bytes
        return members.values.sorted().map { .send($0, bytes) }
    }
}
