/// Who is registered in the mesh dialect.
struct MeshMembers {
    struct Peer {
        var socket: SignalingServerCore.SocketID
        var registration: Registration
        /// Peers are listed in the order in which they came.
        var order: Int
    }

    /// By UUID in lower case: clients spell the same one differently.
    var peers: [String: Peer] = [:]
    var leader: String?
    var lastOrder = 0
}

/// The mesh dialect: register, offer, answer, ice, heartbeat, and the list of peers for everyone.
extension SignalingServerCore {
    /// Says who leads the mesh, which the peer list tells; nil when nobody does.
    mutating func setLeader(_ peerID: String?) -> [Output] {
        let key = peerID?.lowercased()
        guard mesh.leader != key else { return [] }
        mesh.leader = key
        return peerListForAll()
    }

    /// The peers as they are listed.
    var peerList: [PeerInfo] {
        mesh.peers.sorted { $0.value.order < $1.value.order }.map { key, peer in
            PeerInfo(
                id: peer.registration.peerID, peerType: peer.registration.peerType,
                displayName: peer.registration.displayName, isConnected: true, isLeader: key == mesh.leader)
        }
    }

    mutating func register(_ message: JSONValue, _ socket: SocketID) throws(Refusal) -> [Output] {
        let registration = try registration(of: message)
        let key = registration.peerID.lowercased()
        if let peer = mesh.peers[key], peer.socket != socket {
            throw Refusal(
                code: ErrorMessage.Code.idInUse, message: "another socket is registered as \(registration.peerID)",
                close: (4409, "id in use"))
        }
        mesh.lastOrder += 1
        let order = mesh.peers[key]?.order ?? mesh.lastOrder
        mesh.peers[key] = MeshMembers.Peer(socket: socket, registration: registration, order: order)
        sockets[socket]?.member = .mesh(key: key)
        return peerListForAll()
    }

    mutating func leaveMesh(_ key: String) -> [Output] {
        mesh.peers[key] = nil
        return peerListForAll()
    }

    mutating func handleMesh(
        _ type: String, _ message: JSONValue, from socket: SocketID, key: String
    ) throws(Refusal) -> [Output] {
        switch type {
        case "register":
            guard try required("peer_id", of: message).lowercased() == key else {
                throw Refusal(
                    code: ErrorMessage.Code.alreadyRegistered, message: "this socket is registered under another id")
            }
            return try register(message, socket)
        case "heartbeat":
            try checkIdentity("peer_id", of: message, key: key)
            return []
        case "offer", "answer":
            guard message["sdp"] != nil else {
                throw Refusal(code: ErrorMessage.Code.invalidMessage, message: "\(type) needs an sdp", isBad: true)
            }
            return [try relay(message, key: key)]
        case "ice": return [try relay(message, key: key)]
        default: throw unknownType(type)
        }
    }

    /// The message for its target alone, with the sender as it registered.
    private func relay(_ message: JSONValue, key: String) throws(Refusal) -> Output {
        try checkIdentity("from_peer_id", of: message, key: key)
        let target = try required("to_peer_id", of: message)
        guard let peer = mesh.peers[target.lowercased()] else {
            throw Refusal(
                code: ErrorMessage.Code.recipientOffline, message: "\(target) is not connected", to: target)
        }
        guard case .object(var fields) = message, let sender = mesh.peers[key] else { throw unknownType("") }
        fields["from_peer_id"] = .string(sender.registration.peerID)
        fields["to_peer_id"] = .string(peer.registration.peerID)
        return .send(peer.socket, JSONValue.object(fields).bytes)
    }

    private func checkIdentity(_ field: String, of message: JSONValue, key: String) throws(Refusal) {
        guard let claimed = message[field] else { return }
        guard claimed.text?.lowercased() == key else {
            throw Refusal(
                code: ErrorMessage.Code.identityMismatch, message: "\(field) is not the id this socket registered")
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

    private func peerListForAll() -> [Output] {
        let peers = peerList.map { peer in
            JSONValue.object([
                "id": .string(peer.id), "peer_type": .string(peer.peerType.rawValue),
                "display_name": .string(peer.displayName), "is_connected": .bool(peer.isConnected),
                "is_leader": .bool(peer.isLeader),
            ])
        }
        let bytes = JSONValue.object(["type": .string("peer_list"), "peers": .array(peers)]).bytes
        return mesh.peers.values.map(\.socket).sorted().map { .send($0, bytes) }
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
