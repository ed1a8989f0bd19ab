/// What two negotiators say to each other: a description, a candidate, or that there will be no
/// more candidates.
///
/// Its JSON is that of the perfect negotiation example in W3C WebRTC §10.7, so that a browser's few
/// lines understand it: `{"description":{"type":"offer","sdp":"v=0…"}}`,
/// `{"candidate":{"candidate":"candidate:…","sdpMid":"0",…}}` and `{"candidate":null}`. A bare
/// `RTCSessionDescription` or `RTCIceCandidate` is read as well.
public enum SignalingPayload: Sendable, Hashable, Codable {
    /// An offer, an answer, or a rollback. `answers` names the offer that an answer belongs to:
    /// session id and version of its `o=` line, as in `"7614219274584779017 2"`. It tells a late
    /// answer from the one that is waited for; a peer need not send it, and may ignore it. A
    /// rollback with it refuses that offer.
    case description(SessionDescription, answers: String? = nil)
    /// A candidate; nil ends them.
    case candidate(ICECandidateInit?)

    private enum CodingKeys: String, CodingKey { case description, answers, candidate, type }

    /// Reads either form of the JSON.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let description = try container.decodeIfPresent(SessionDescription.self, forKey: .description) {
            let answers = try container.decodeIfPresent(String.self, forKey: .answers)
            self = .description(description, answers: answers)
        } else if container.contains(.type) {
            self = .description(try SessionDescription(from: decoder))
        } else if (try? container.decode(String.self, forKey: .candidate)) != nil {
            self = .candidate(try ICECandidateInit(from: decoder))
        } else if container.contains(.candidate) {
            self = .candidate(try container.decodeIfPresent(ICECandidateInit.self, forKey: .candidate))
        } else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription:
                        "neither a description nor a candidate; send {\"description\":…} or {\"candidate\":…}"
                ))
        }
    }

    /// Writes the form of the W3C's example.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .description(let description, let answers):
            try container.encode(description, forKey: .description)
            try container.encodeIfPresent(answers, forKey: .answers)
        case .candidate(let candidate):
            try container.encode(candidate, forKey: .candidate)
        }
    }
}
