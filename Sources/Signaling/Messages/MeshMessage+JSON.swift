internal import StrictJSON

// How the messages of the mesh dialect are written and read; the one place where it stands.
extension MeshMessage {
    /// As it goes over a socket.
    public var message: SignalingMessage {
        var message = SignalingMessage(type: type)
        switch self {
        case .register(let registration):
            message["peer_id"] = registration.peerID
            message["peer_type"] = registration.peerType.rawValue
            message["display_name"] = registration.displayName
            message.members["display_class"] = registration.displayClass.map { .string($0.rawValue) } ?? .null
        case .offer(let from, let to, let sdp), .answer(let from, let to, let sdp):
            message["from_peer_id"] = from
            message["to_peer_id"] = to
            message["sdp"] = sdp
        case .ice(let from, let to, let candidate):
            message["from_peer_id"] = from
            message["to_peer_id"] = to
            message["candidate"] = candidate?.candidate ?? ""
            message["sdpMid"] = candidate?.sdpMid
            message["usernameFragment"] = candidate?.usernameFragment
            message.members["sdpMLineIndex"] = candidate?.sdpMLineIndex.map { .number("\($0)") }
        case .peerList(let peers): message.members["peers"] = .array(peers.map(\.json))
        case .heartbeat(let peerID): message["peer_id"] = peerID
        case .error(let error): return error.encoded()
        }
        return message
    }

    /// Reads a message.
    ///
    /// - Throws: ``SignalingRefusal`` for an unknown type, and for members that are not what they
    ///   should be.
    public init(_ message: SignalingMessage) throws(SignalingRefusal) {
        func from() throws(SignalingRefusal) -> String? { try message.text("from_peer_id") }
        switch message.type {
        case "register": self = .register(try Registration(message, isChecked: false))
        case "offer":
            self = .offer(from: try from(), to: try message.some("to_peer_id"), sdp: try message.some("sdp"))
        case "answer":
            self = .answer(from: try from(), to: try message.some("to_peer_id"), sdp: try message.some("sdp"))
        case "ice":
            self = .ice(
                from: try from(), to: try message.some("to_peer_id"), candidate: try CandidateMessage.read(message))
        case "peer_list":
            guard case .array(let peers)? = message.value("peers") else { throw .wrong("peers", "a list") }
            self = .peerList(try peers.map { (peer) throws(SignalingRefusal) in try PeerInfo(peer) })
        case "heartbeat": self = .heartbeat(peerID: try message.some("peer_id"))
        case "error": self = .error(try ErrorMessage(message))
        default: throw .unknownType(message.type)
        }
    }
}

extension SignalingMessage {
    /// A text that may be missing, but not be something else.
    func text(_ name: String) throws(SignalingRefusal) -> String? {
        guard let value = value(name) else { return nil }
        guard let text = value.text else { throw .wrong(name, "a string") }
        return text
    }

    /// A text that has to be there.
    func some(_ name: String) throws(SignalingRefusal) -> String {
        guard let text = self[name] else { throw .wrong(name, "a string") }
        return text
    }
}

extension SignalingRefusal {
    static func wrong(_ name: String, _ kind: String) -> Self {
        Self(ErrorMessage.Code.invalidMessage, "\(name) must be \(kind)", isBad: true)
    }
}

extension ErrorMessage {
    /// As it goes over a socket.
    func encoded() -> SignalingMessage {
        var result = SignalingMessage(type: "error", ["code": code, "message": message])
        result["to"] = to
        result["callId"] = callID
        return result
    }

    /// Reads an `error`.
    init(_ message: SignalingMessage) throws(SignalingRefusal) {
        self.init(
            code: try message.some("code"), message: try message.some("message"), to: try message.text("to"),
            callID: try message.text("callId"))
    }
}

extension PeerInfo {
    var json: JSONValue {
        .object([
            "id": .string(id), "peer_type": .string(peerType.rawValue), "display_name": .string(displayName),
            "is_connected": .bool(isConnected), "is_leader": .bool(isLeader),
        ])
    }

    init(_ json: JSONValue) throws(SignalingRefusal) {
        guard let id = json["id"]?.text, let type = json["peer_type"]?.text.flatMap(PeerType.init),
            let name = json["display_name"]?.text, case .bool(let isConnected)? = json["is_connected"],
            case .bool(let isLeader)? = json["is_leader"]
        else { throw .wrong("an entry of peers", "a peer with all its members") }
        self.init(id: id, peerType: type, displayName: name, isConnected: isConnected, isLeader: isLeader)
    }
}

extension CandidateMessage {
    /// Reads the candidate of `ice`: a line with the other members beside it, or an
    /// `RTCIceCandidateInit`, whose members may all be missing (W3C WebRTC §4.8.2).
    init(ice message: SignalingMessage) throws(SignalingRefusal) {
        var inner = SignalingMessage(type: "")
        switch message.value("candidate") {
        case .string(let line)?: inner["candidate"] = line
        case .raw?: inner["candidate"] = message.members["candidate"]?.text
        case .object(let members)?: inner.members = members
        case nil: break
        default: throw .wrong("candidate", "a string")
        }
        for name in ["sdpMid", "sdpMLineIndex", "usernameFragment"] where !inner.has(name) {
            inner.members[name] = message.members[name]
        }
        self.init(
            candidate: try inner.text("candidate") ?? "", sdpMid: try inner.text("sdpMid"),
            usernameFragment: try inner.text("usernameFragment"))
        guard let index = inner.value("sdpMLineIndex") else { return }
        guard case .number = index, let number = index.double.flatMap({ UInt16(exactly: $0) }) else {
            throw .wrong("sdpMLineIndex", "a number from 0 to 65535")
        }
        sdpMLineIndex = number
    }
}

extension Registration {
    /// Reads a `register`. A missing name and type have their defaults.
    ///
    /// - Parameter isChecked: whether the id has to be a UUID, and no text longer than is allowed.
    init(_ message: SignalingMessage, isChecked: Bool = true) throws(SignalingRefusal) {
        func text(_ name: String) throws(SignalingRefusal) -> String? {
            guard message.has(name) else { return nil }
            return isChecked ? try message.required(name) : try message.some(name)
        }
        guard let id = try text("peer_id") else { throw .wrong("peer_id", "a string of 1 to 256 bytes in JSON") }
        guard !isChecked || Self.isUUID(id) else { throw .notUUID }
        self.init(peerID: id, peerType: .display, displayName: try text("display_name") ?? "Unknown")
        if let name = try text("peer_type") {
            guard let type = PeerType(rawValue: name) else { throw .notOne("peer_type", of: PeerType.self) }
            peerType = type
        }
        if let name = try text("display_class") {
            guard let kind = DisplayClass(rawValue: name) else { throw .notOne("display_class", of: DisplayClass.self) }
            displayClass = kind
        }
    }

    /// Whether the text has the form 8-4-4-4-12 (RFC 9562 §4).
    static func isUUID(_ text: String) -> Bool {
        let groups = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return groups.map(\.count) == [8, 4, 4, 4, 12] && groups.joined().allSatisfy(\.isHexDigit)
    }
}

extension UInt8 {
    fileprivate var isHexDigit: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}

extension SignalingRefusal {
    fileprivate static var notUUID: Self {
        Self(ErrorMessage.Code.invalidMessage, "peer_id is not a UUID", isBad: true)
    }

    fileprivate static func notOne<Value>(_ field: String, of type: Value.Type) -> Self
    where Value: CaseIterable & RawRepresentable<String> {
        .wrong(field, "one of \(type.allCases.map(\.rawValue).joined(separator: ", "))")
    }
}
