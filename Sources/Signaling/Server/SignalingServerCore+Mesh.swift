internal import StrictJSON

/// The mesh dialect: register, offer, answer, ice, heartbeat, and the list of peers for everyone.
extension SignalingServerCore {
    /// Says who leads the mesh, which the peer list tells; nil when nobody does.
    mutating func setLeader(_ peerID: String?) -> [Output] {
        let key = peerID?.peerKey
        guard mesh.leader != key else { return [] }
        mesh.leader = key
        return listChanged()
    }

    /// The peers as they are listed.
    var peerList: [PeerInfo] {
        mesh.peers.sorted { $0.value.order < $1.value.order }.map { key, peer in
            PeerInfo(
                id: peer.registration.peerID, peerType: peer.registration.peerType,
                displayName: peer.registration.displayName, isConnected: true, isLeader: key == mesh.leader)
        }
    }

    /// The list as a message.
    var peerListMessage: [UInt8] {
        let peers = peerList.map { peer in
            JSONValue.object([
                "id": .string(peer.id), "peer_type": .string(peer.peerType.rawValue),
                "display_name": .string(peer.displayName), "is_connected": .bool(peer.isConnected),
                "is_leader": .bool(peer.isLeader),
            ])
        }
        return JSONValue.object(["type": .string("peer_list"), "peers": .array(peers)]).bytes
    }

    mutating func register(_ message: JSONValue, _ socket: SocketID) throws(Refusal) -> [Output] {
        let registration = try registration(of: message)
        let key = registration.peerID.peerKey
        guard mesh.peers[key] == nil else {
            throw Refusal(
                code: ErrorMessage.Code.idInUse, message: "another socket is registered as \(registration.peerID)",
                close: (4409, "id in use"))
        }
        guard mesh.peers.count < limits.peers else { throw fullRefusal("the mesh") }
        mesh.lastOrder += 1
        mesh.peers[key] = MeshMembers.Peer(socket: socket, registration: registration, order: mesh.lastOrder)
        mesh.departed.removeAll { $0 == key }
        sockets[socket]?.member = .mesh(key: key)
        return listChanged()
    }

    /// The socket's peer says anew who it is. Everyone hears of it if that is news.
    private mutating func registerAgain(
        _ message: JSONValue, _ socket: SocketID, key: String, now: Time
    ) throws(Refusal) -> [Output] {
        guard try required("peer_id", of: message).peerKey == key else {
            throw Refusal(code: ErrorMessage.Code.identity, message: "this socket is registered under another id")
        }
        let registration = try registration(of: message)
        try countRegistration(socket, now: now)
        guard mesh.peers[key]?.registration != registration else { return [.peerList(socket)] }
        mesh.peers[key]?.registration = registration
        return listChanged()
    }

    mutating func leaveMesh(_ key: String) -> [Output] {
        mesh.peers[key] = nil
        mesh.departed.append(key)
        if mesh.departed.count > MeshMembers.departedLimit { mesh.departed.removeFirst() }
        return listChanged()
    }

    mutating func handleMesh(
        _ type: String, _ message: JSONValue, from socket: SocketID, key: String, now: Time
    ) throws(Refusal) -> [Output] {
        switch type {
        case "register": return try registerAgain(message, socket, key: key, now: now)
        case "heartbeat":
            try checkIdentity("peer_id", of: message, key: key)
            return []
        case "offer", "answer":
            guard message["sdp"]?.text != nil else {
                throw Refusal(code: ErrorMessage.Code.invalidMessage, message: "\(type) needs an sdp", isBad: true)
            }
            return [try relay(message, key: key)]
        case "ice": return [try relay(try withCandidateLine(message), key: key)]
        default: throw unknownType(type)
        }
    }

    /// The message with a string in `candidate`, which is what clients read. The members of an
    /// `RTCIceCandidateInit` that came in its place stand beside it; `null` is the empty string,
    /// the end of candidates.
    private func withCandidateLine(_ message: JSONValue) throws(Refusal) -> JSONValue {
        guard case .object(var fields) = message else { return message }
        switch fields["candidate"] {
        case .string?: return message
        case .null?: fields["candidate"] = .string("")
        case .object(let members)?:
            guard case .string(let line) = members["candidate"] ?? .string("") else { fallthrough }
            fields["candidate"] = .string(line)
            for (name, value) in members where fields[name] == nil { fields[name] = value }
        default:
            throw Refusal(
                code: ErrorMessage.Code.invalidMessage, message: "ice needs a candidate, which is a string", isBad: true
            )
        }
        return .object(fields)
    }

    /// The message for its target alone, with the sender as it registered.
    private func relay(_ message: JSONValue, key: String) throws(Refusal) -> Output {
        try checkIdentity("from_peer_id", of: message, key: key)
        let target = try required("to_peer_id", of: message)
        guard let peer = mesh.peers[target.peerKey] else {
            let hasLeft = mesh.departed.contains(target.peerKey)
            throw Refusal(
                code: hasLeft ? ErrorMessage.Code.recipientOffline : ErrorMessage.Code.unknownPeer,
                message: hasLeft ? "\(target) is not connected any more" : "nobody is registered as \(target)",
                to: target)
        }
        guard case .object(var fields) = message, let sender = mesh.peers[key] else { throw unknownType("") }
        fields["from_peer_id"] = .string(sender.registration.peerID)
        fields["to_peer_id"] = .string(peer.registration.peerID)
        return .send(peer.socket, JSONValue.object(fields).bytes)
    }

    private func checkIdentity(_ field: String, of message: JSONValue, key: String) throws(Refusal) {
        guard let claimed = message[field] else { return }
        guard claimed.text?.peerKey == key else {
            throw Refusal(
                code: ErrorMessage.Code.identity, message: "\(field) is not the id this socket registered")
        }
    }

    private func registration(of message: JSONValue) throws(Refusal) -> Registration {
        let peerID = try required("peer_id", of: message)
        guard Self.isUUID(peerID) else {
            throw Refusal(code: ErrorMessage.Code.invalidMessage, message: "peer_id is not a UUID", isBad: true)
        }
        var registration = Registration(peerID: peerID, peerType: .display, displayName: "Unknown")
        if message["display_name"] != nil { registration.displayName = try required("display_name", of: message) }
        if message["peer_type"] != nil {
            let type = PeerType(rawValue: try required("peer_type", of: message))
            guard let type else { throw notOneOf("peer_type", PeerType.allCases.map(\.rawValue)) }
            registration.peerType = type
        }
        if message["display_class"] != nil {
            let displayClass = DisplayClass(rawValue: try required("display_class", of: message))
            guard let displayClass else { throw notOneOf("display_class", DisplayClass.allCases.map(\.rawValue)) }
            registration.displayClass = displayClass
        }
        return registration
    }

    private func notOneOf(_ field: String, _ values: [String]) -> Refusal {
        Refusal(
            code: ErrorMessage.Code.invalidMessage,
            message: "\(field) must be one of \(values.joined(separator: ", "))",
            isBad: true)
    }

    /// The list for everyone.
    private mutating func listChanged() -> [Output] {
        mesh.version += 1
        return mesh.peers.values.map(\.socket).sorted().map { .peerList($0) }
    }

    /// Whether the text has the form 8-4-4-4-12 (RFC 9562 §4).
    static func isUUID(_ text: String) -> Bool {
        let groups = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return groups.map(\.count) == [8, 4, 4, 4, 12]
            && groups.joined().allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
                    UInt8(ascii: "A")...UInt8(ascii: "F"):
                    true
                default: false
                }
            }
    }
}
