internal import JSEP
internal import Signaling
internal import StrictJSON

/// The mesh dialect as nodes of a group speak it: with the challenge before the registration, and
/// the proofs beside descriptions.
struct NodeDialect: ClientDialect {
    enum Message: Sendable, Hashable {
        case mesh(MeshMessage, LinkSeal?)
        /// `challenge` and `response`, which both ends send.
        case challenge(SignalingMessage)
        case response(SignalingMessage)
    }

    let registration: Registration

    static func encode(_ message: Message) -> SignalingMessage {
        switch message {
        case .mesh(let mesh, let seal):
            var message = mesh.message
            message["proof"] = seal?.proof
            if let number = seal?.number { message.members["number"] = .number(String(number)) }
            return message
        case .challenge(let message), .response(let message): return message
        }
    }

    static func decode(_ message: SignalingMessage) throws(SignalingRefusal) -> Message {
        switch message.type {
        case "challenge": return .challenge(message)
        case "response": return .response(message)
        case "offer", "answer":
            let seal = message["proof"].map { LinkSeal(proof: $0, number: number(message.value("number"))) }
            return .mesh(try MeshMessage(message), seal)
        default: return .mesh(try MeshMessage(message), nil)
        }
    }

    private static func number(_ value: JSONValue?) -> UInt64? {
        guard case .number(let text)? = value else { return nil }
        return UInt64(text)
    }

    static func size(of message: Message) -> Int {
        switch message {
        case .mesh(let mesh, let seal): MeshClientDialect.size(of: mesh) + (seal?.proof.utf8.count ?? 0)
        case .challenge(let message), .response(let message): message.bytes.count
        }
    }

    static func key(of peer: String) -> String { MeshClientDialect.key(of: peer) }

    static func news(in message: Message) -> PeerNews {
        guard case .mesh(let mesh, _) = message else { return .none }
        return MeshClientDialect.news(in: mesh)
    }

    static func message(_ payload: SignalingPayload, to peer: String) -> Message {
        .mesh(MeshClientDialect.message(payload, to: peer), nil)
    }

    static let welcomes: Set = ["peer_list"]

    var greeting: [Message] { [.mesh(.register(registration), nil)] }
    var heartbeat: Message? { .mesh(.heartbeat(peerID: registration.peerID), nil) }
}
