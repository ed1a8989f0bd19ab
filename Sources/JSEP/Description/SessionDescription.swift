/// An offer, an answer or a rollback, as it travels between the two sides.
///
/// Its JSON is that of the browsers' `RTCSessionDescription`: `{"type":"offer","sdp":"v=0…"}`.
/// W3C WebRTC §4.6.2.
public struct SessionDescription: Sendable, Hashable, Codable {
    /// W3C `RTCSdpType`.
    public enum Kind: String, Sendable, Hashable, Codable {
        /// Proposes a session.
        case offer
        /// A provisional answer: it may still change.
        case pranswer
        /// The final answer.
        case answer
        /// Takes the pending offer back; its text is ignored.
        case rollback
    }

    /// What the description is for.
    public var type: Kind
    /// The text, in SDP (RFC 8866); empty for a rollback.
    public var sdp: String

    /// Makes a description; the text is read only when it is set on a connection.
    public init(type: Kind, sdp: String = "") {
        self.type = type
        self.sdp = sdp
    }

    private enum CodingKeys: String, CodingKey { case type, sdp }

    /// Reads the browsers' JSON; a missing text counts as empty.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        type = try container.decode(Kind.self, forKey: .type)
        sdp = try container.decodeIfPresent(String.self, forKey: .sdp) ?? ""
    }
}
