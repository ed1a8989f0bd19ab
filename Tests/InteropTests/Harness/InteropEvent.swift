import Foundation

/// What one end of a connection saw, whoever implements that end.
enum InteropEvent: Sendable, Hashable {
    /// A candidate to hand to the other end; nil after the last.
    case candidate(Candidate?)
    /// The other end opened a channel.
    case channel(ChannelDescription)
    case opened(label: String)
    case message(label: String, Payload)
    case closed(label: String)
    /// A channel did not end by closing; only our end says so.
    case failed(label: String, String)
    /// `RTCPeerConnectionState`.
    case state(String)
}

/// `RTCSessionDescriptionInit`.
struct Description: Sendable, Hashable, Codable {
    var type: String
    var sdp: String
}

/// `RTCIceCandidateInit`.
struct Candidate: Sendable, Hashable, Codable {
    var candidate: String
    var sdpMid: String?
    var sdpMLineIndex: UInt16?
    var usernameFragment: String?
}

/// One message.
enum Payload: Sendable, Hashable {
    case text(String)
    case binary(Data)
}

/// `RTCDataChannelInit`; nil stands for what is left out.
struct ChannelOptions: Sendable, Hashable, Codable {
    var ordered: Bool?
    var maxPacketLifeTime: UInt16?
    var maxRetransmits: UInt16?
    var `protocol`: String?
    var negotiated: Bool?
    var id: UInt16?
}

/// A channel as the end that did not create it sees it.
struct ChannelDescription: Sendable, Hashable, Codable {
    var label: String
    var ordered: Bool
    var maxPacketLifeTime: UInt16?
    var maxRetransmits: UInt16?
    var `protocol`: String
    var negotiated: Bool
    var id: UInt16?
}

extension InteropEvent {
    /// Reads what `peer.js` and the scripts in Python write.
    init(json: JSONValue) throws {
        let label = json["label"].string ?? ""
        switch json["event"].string {
        case "candidate":
            self = .candidate(json["candidate"] == .null ? nil : try json["candidate"].decoded(as: Candidate.self))
        case "channel":
            self = .channel(try json.decoded(as: ChannelDescription.self))
        case "open":
            self = .opened(label: label)
        case "closed":
            self = .closed(label: label)
        case "message":
            if let text = json["text"].string {
                self = .message(label: label, .text(text))
            } else {
                self = .message(label: label, .binary(Data(base64Encoded: json["base64"].string ?? "") ?? Data()))
            }
        case "state":
            self = .state(json["state"].string ?? "")
        case let other:
            throw InteropError("an event that the harness does not know: \(other ?? "none")")
        }
    }
}

/// Something in the harness or in the other program went wrong; the message says what.
struct InteropError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
