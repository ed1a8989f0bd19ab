internal import Foundation
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
        guard text.utf8.count <= Self.maximumBytes, JSONReader.accepts(Array(text.utf8)),
            let wire = try? JSONDecoder().decode(Wire.self, from: Data(text.utf8))
        else { return nil }
        switch wire.type {
        case "hello":
            guard let text = wire.peerID, let id = PeerID(text) else { return nil }
            self = .hello(
                Hello(
                    id: id, peerType: wire.peerType.flatMap(PeerType.init(rawValue:)) ?? .display,
                    displayName: DisplayName.cleaned(wire.displayName),
                    startedAt: wire.priorityTime.map(StartTime.believed)))
        case "chat", "direct":
            guard let text = wire.text, text.utf8.count <= Self.maximumTextBytes else { return nil }
            self = wire.type == "chat" ? .chat(text) : .direct(text)
        case "ping": self = .ping
        case "pong": self = .pong
        case "bye": self = .bye
        default: return nil
        }
    }

    /// The JSON text of the message.
    package func serialized() -> String {
        var wire = Wire(type: "")
        switch self {
        case .hello(let hello):
            wire = Wire(
                type: "hello", peerID: hello.id.text, peerType: hello.peerType.rawValue, displayName: hello.displayName,
                priorityTime: hello.startedAt)
        case .chat(let text): wire = Wire(type: "chat", text: text)
        case .direct(let text): wire = Wire(type: "direct", text: text)
        case .ping: wire = Wire(type: "ping")
        case .pong: wire = Wire(type: "pong")
        case .bye: wire = Wire(type: "bye")
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(wire) else { return "{}" }  // strings and integers always encode
        return String(decoding: data, as: UTF8.self)
    }

    private struct Wire: Codable {
        var type: String
        var peerID: String?
        var peerType: String?
        var displayName: String?
        var priorityTime: UInt64?
        var text: String?

        enum CodingKeys: String, CodingKey {
            case type, text
            case peerID = "peer_id"
            case peerType = "peer_type"
            case displayName = "display_name"
            case priorityTime = "priority_time"
        }
    }
}
