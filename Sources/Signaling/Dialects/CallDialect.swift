internal import StrictJSON

/// The call dialect: users, known by their tokens, who call each other on any number of devices.
///
/// A message names its `recipientId` and is delivered with the `senderId` in its place, otherwise
/// as it is. A call rings on all devices of the one who is called; the first that accepts has it,
/// and from then on it is between two devices. Nothing is stored: who is not there is told to the
/// sender by `recipient-offline`.
public struct CallDialect: SignalingDialect {
    /// Calls that a user may have at once, those that ring included.
    public static let maximumCalls = 64
    /// How long a call may ring before it is forgotten; the client library gives up long before.
    static let longestRinging = Duration.seconds(600)

    private static let calls: Set<String> = [
        "call-offer", "call-answer", "call-ice-candidate", "call-accept", "call-reject", "call-hangup",
    ]
    private static let plain: Set<String> = ["message", "typing", "read"]

    private var limits = SignalingLimits()
    private var users: [String: Set<SignalingSocketID>] = [:]
    private var devices: [SignalingSocketID: String] = [:]
    /// The calls that ring or go on, by their ids.
    private var live: [String: Call] = [:]
    private var counts: [String: Int] = [:]

    /// Nobody is there.
    public init() {}

    public var name: String { "call" }
    /// None: a token says who is there.
    public let openings: Set<String> = []
    public let types = calls.union(plain)
    public var howToBegin: String { "show a token with auth" }

    /// Takes how many devices a user may have: ``SignalingLimits/devices``.
    public mutating func begin(limits: SignalingLimits) { self.limits = limits }

    /// The users who are there.
    public var present: [String] { users.keys.sorted() }

    /// How many calls ring or go on.
    var callCount: Int { live.count }

    /// Whether there is nothing of anybody.
    var isEmpty: Bool { users.isEmpty && devices.isEmpty && live.isEmpty && counts.isEmpty }

    public var spansServers: Bool { true }

    /// The call that it is about.
    public func key(of message: SignalingMessage) -> String? {
        Self.calls.contains(message.type) ? message["callId"] : nil
    }

    // MARK: Devices

    /// Takes everybody whose token has a subject.
    public mutating func identified(
        _ socket: SignalingSocket, in turn: inout SignalingTurn
    ) throws(SignalingRefusal) -> Bool {
        guard let user = socket.identity?.subject else { return false }
        guard users[user]?.count ?? 0 < limits.devices else { throw .full("this user", limits.devices, "devices") }
        users[user, default: []].insert(socket.id)
        devices[socket.id] = user
        return true
    }

    /// Keeps the device's place: who has asked for that comes back.
    public mutating func detach(_ socket: SignalingSocketID, in turn: inout SignalingTurn) -> Bool { true }

    /// Never called, as nothing opens it.
    public mutating func open(
        _ message: SignalingMessage, from socket: SignalingSocket, in turn: inout SignalingTurn
    ) throws(SignalingRefusal) { throw .unknownType(message.type) }

    /// Forgets the device. What rings for nobody any more ends; a call that goes on is not the
    /// server's to end, for the peers may well be connected.
    public mutating func leave(_ socket: SignalingSocketID, in turn: inout SignalingTurn) {
        guard let user = devices.removeValue(forKey: socket) else { return }
        users[user]?.remove(socket)
        if users[user]?.isEmpty == true { users[user] = nil }
        for (id, call) in live where call.caller.device == socket || call.callee.device == socket || call.isRinging {
            lose(socket, of: user, call, id, in: &turn)
        }
    }

    private mutating func lose(
        _ socket: SignalingSocketID, of user: String, _ call: Call, _ id: String, in turn: inout SignalingTurn
    ) {
        var call = call
        if call.isRinging {
            if call.caller.device == socket {
                turn.send(
                    Self.message("call-hangup", id, from: user, reason: "offline"), to: call.ringing.sorted())
                return end(id)
            }
            guard call.ringing.remove(socket) != nil else { return }
            guard call.ringing.isEmpty else { return live[id] = call }
            if let device = call.caller.device {
                turn.send(Self.offline(call.callee.user, id).reply, to: device)
            }
            return end(id)
        }
        if call.caller.device == socket { call.caller.device = nil }
        if call.callee.device == socket { call.callee.device = nil }
        guard call.caller.device != nil || call.callee.device != nil else { return end(id) }
        live[id] = call
    }

    /// Forgets calls that nobody has answered.
    public mutating func tick(in turn: inout SignalingTurn) {
        for (id, call) in live where call.isRinging && turn.now - call.since > Self.longestRinging { end(id) }
    }

    private mutating func end(_ id: String) {
        guard let call = live.removeValue(forKey: id) else { return }
        for user in [call.caller.user, call.callee.user] {
            counts[user, default: 1] -= 1
            if counts[user] == 0 { counts[user] = nil }
        }
    }

    // MARK: Messages

    /// Takes what a user says.
    public mutating func receive(
        _ message: SignalingMessage, from socket: SignalingSocketID, in turn: inout SignalingTurn
    ) throws(SignalingRefusal) {
        guard let user = devices[socket] else { return }
        if let claimed = message.value("senderId"), claimed.text != user {
            throw SignalingRefusal(
                ErrorMessage.Code.identity, "senderId is not whose token this socket has shown",
                callID: message["callId"])
        }
        let recipient = try message.required("recipientId")
        var message = message
        message["recipientId"] = nil
        message["senderId"] = user
        guard Self.calls.contains(message.type) else {
            return turn.send(message, to: try devices(of: recipient, call: nil))
        }
        let id = try message.required("callId", limit: 128)
        guard let call = live[id] else {
            return try begin(message, id, from: (user, socket), to: recipient, in: &turn)
        }
        try go(on: call, message, id, from: (user, socket), to: recipient, in: &turn)
    }

    private func devices(of user: String, call: String?) throws(SignalingRefusal) -> [SignalingSocketID] {
        guard let sockets = users[user] else { throw Self.offline(user, call) }
        return sockets.sorted()
    }

    private static func offline(_ user: String, _ call: String?) -> SignalingRefusal {
        SignalingRefusal(
            ErrorMessage.Code.recipientOffline, "\(user) has no device that is connected", to: user, callID: call)
    }

    /// The first message of a call that the server knows of. Whatever is no offer is of a call that
    /// has begun elsewhere, or is over: it goes to whom it names.
    private mutating func begin(
        _ message: SignalingMessage, _ id: String, from sender: (user: String, device: SignalingSocketID),
        to recipient: String, in turn: inout SignalingTurn
    ) throws(SignalingRefusal) {
        let ringing = try devices(of: recipient, call: id).filter { $0 != sender.device }
        guard !ringing.isEmpty else { throw Self.offline(recipient, id) }
        if message.type == "call-offer" {
            for user in [sender.user, recipient] where counts[user, default: 0] >= Self.maximumCalls {
                throw SignalingRefusal(
                    ErrorMessage.Code.full, "\(user) has \(Self.maximumCalls) calls, and no more are taken",
                    to: recipient, callID: id)
            }
            for user in [sender.user, recipient] { counts[user, default: 0] += 1 }
            live[id] = Call(
                caller: .init(user: sender.user, device: sender.device), callee: .init(user: recipient),
                ringing: Set(ringing), since: turn.now)
        }
        turn.send(message, to: ringing)
    }

    private mutating func go(
        on call: Call, _ message: SignalingMessage, _ id: String,
        from sender: (user: String, device: SignalingSocketID), to recipient: String, in turn: inout SignalingTurn
    ) throws(SignalingRefusal) {
        var call = call
        guard let side = call.side(of: sender.user, sender.device, to: recipient) else {
            throw SignalingRefusal(
                ErrorMessage.Code.identity, "this call is between others; use an id of your own", to: recipient,
                callID: id)
        }
        if side == .callee, call.isRinging {
            switch message.type {
            case "call-accept":
                call.callee.device = sender.device
                tell(call.ringing, but: sender.device, id, from: call, reason: "answered-elsewhere", in: &turn)
                call.ringing = []
                live[id] = call
            case "call-reject", "call-hangup":
                tell(call.ringing, but: sender.device, id, from: call, reason: "rejected-elsewhere", in: &turn)
            default: break
            }
        } else if side == .callee, call.callee.device != sender.device {
            guard call.callee.device == nil else {
                // Another device of the user's has it.
                guard message.type == "call-accept" else { return }
                return tell([sender.device], but: 0, id, from: call, reason: "answered-elsewhere", in: &turn)
            }
            // It has come back on another socket.
            call.callee.device = sender.device
            live[id] = call
        } else if side == .caller, call.caller.device != sender.device {
            guard call.caller.device == nil else {
                throw SignalingRefusal(
                    ErrorMessage.Code.identity, "another device of yours has this call", to: recipient, callID: id)
            }
            call.caller.device = sender.device
            live[id] = call
        }
        let others = call.others(of: side)
        if ["call-reject", "call-hangup"].contains(message.type) { end(id) }
        guard others.isEmpty else { return turn.send(message, to: others.sorted()) }
        // Whoever is away may have come back, on a socket that has said nothing yet.
        let back = try devices(of: recipient, call: id).filter { $0 != sender.device }
        guard !back.isEmpty else { throw Self.offline(recipient, id) }
        turn.send(message, to: back)
    }

    /// Tells devices of the user who is called that it is over for them.
    private func tell(
        _ sockets: Set<SignalingSocketID>, but one: SignalingSocketID, _ id: String, from call: Call, reason: String,
        in turn: inout SignalingTurn
    ) {
        let hangup = Self.message("call-hangup", id, from: call.caller.user, reason: reason)
        turn.send(hangup, to: sockets.filter { $0 != one }.sorted())
    }

    private static func message(
        _ type: String, _ call: String, from user: String, reason: String
    ) -> SignalingMessage {
        SignalingMessage(type: type, ["callId": call, "senderId": user, "reason": reason])
    }
}
