package import Election
package import Signaling
internal import StrictJSON

/// What nodes say to each other over the data channel: one JSON object a text message
/// (Docs/Mesh.md).
package enum ChannelMessage: Sendable, Hashable {
    /// First on each channel, from both ends: who is speaking. `startedAt` is `priority_time`.
    case hello(Hello)
    /// A text to everyone.
    case chat(String)
    /// A text to the receiver only.
    case direct(String)
    /// Asks for a pong: the sender doubts that the receiver is still there.
    case ping
    /// The answer to a ping.
    case pong
    /// The sender leaves; everything it said before has been read when the receiver closes the
    /// connection.
    case bye
    /// About who leads.
    case election(ElectionMessage)

    package struct Hello: Sendable, Hashable {
        package var id: PeerID
        package var peerType: PeerType
        package var displayName: String
        package var startedAt: UInt64?

        package init(id: PeerID, peerType: PeerType, displayName: String, startedAt: UInt64?) {
            self.id = id
            self.peerType = peerType
            self.displayName = displayName
            self.startedAt = startedAt
        }
    }

    /// The longest text, in bytes of UTF-8: with JSON's escapes it still fits what browsers accept
    /// in one message.
    package static let maximumTextBytes = 32 * 1024
    /// Six bytes of escape for each byte of text, and room for the rest.
    package static let maximumBytes = 6 * maximumTextBytes + 1024

    /// Reads a message; nil when it is malformed, too long or of a type not known here, which is
    /// not an error: later versions may say more.
    package init?(parsing text: String) {
        guard text.utf8.count <= Self.maximumBytes, let message = try? JSONReader.read(Array(text.utf8)),
            Self.isWellFormed(message), let type = message["type"]?.text
        else { return nil }
        switch type {
        case "hello":
            guard let id = message["peer_id"]?.text.flatMap({ PeerID($0) }) else { return nil }
            self = .hello(
                Hello(
                    id: id, peerType: message["peer_type"]?.text.flatMap(PeerType.init(rawValue:)) ?? .display,
                    displayName: DisplayName.cleaned(message["display_name"]?.text),
                    startedAt: message["priority_time"].flatMap(Self.wholeNumber).map(StartTime.believed)))
        case "chat", "direct":
            guard let text = message["text"]?.text, text.utf8.count <= Self.maximumTextBytes else { return nil }
            self = type == "chat" ? .chat(text) : .direct(text)
        case "ping": self = .ping
        case "pong": self = .pong
        case "bye": self = .bye
        default:
            guard let election = ElectionMessage(type, message) else { return nil }
            self = .election(election)
        }
    }

    /// Whether each member that is known here is what it should be, or is not there.
    private static func isWellFormed(_ message: JSONValue) -> Bool {
        let texts = ["type", "peer_id", "peer_type", "display_name", "text"].compactMap { message[$0] }
        return texts.allSatisfy { $0.text != nil } && message["priority_time"].map { wholeNumber($0) != nil } ?? true
    }

    /// A whole number, in whatever way it is written: `1000`, `1000.0` and `1e3` are one.
    static func wholeNumber(_ value: JSONValue) -> UInt64? {
        guard case .number(let text) = value else { return nil }
        return UInt64(text) ?? value.double.flatMap(UInt64.init(exactly:))
    }

    /// The JSON text of the message.
    package func serialized() -> String {
        var members: [String: JSONValue] = [:]
        switch self {
        case .hello(let hello):
            members["peer_id"] = .string(hello.id.text)
            members["peer_type"] = .string(hello.peerType.rawValue)
            members["display_name"] = .string(hello.displayName)
            members["priority_time"] = hello.startedAt.map { .number(String($0)) }
        case .chat(let text), .direct(let text): members["text"] = .string(text)
        case .ping, .pong, .bye: break
        case .election(let election): members = election.members
        }
        members["type"] = .string(type)
        return String(decoding: JSONValue.object(members).bytes, as: UTF8.self)
    }

    private var type: String {
        switch self {
        case .hello: "hello"
        case .chat: "chat"
        case .direct: "direct"
        case .ping: "ping"
        case .pong: "pong"
        case .bye: "bye"
        case .election(let election): election.type
        }
    }
}
