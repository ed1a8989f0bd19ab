/// A candidate as it is trickled to the other side: the browsers' `RTCIceCandidateInit`, with the
/// same JSON.
///
/// Nothing is checked here; `PeerConnection.addICECandidate(_:)` does. An empty ``candidate`` says
/// that there will be no more. W3C WebRTC §4.8.1.
public struct ICECandidateInit: Sendable, Hashable, Codable {
    /// The candidate-attribute of RFC 8839 §5.1 without `a=`, such as `candidate:1 1 udp 2122260223
    /// 192.0.2.1 54400 typ host`.
    public var candidate: String
    /// The media section's identification tag (`a=mid`).
    public var sdpMid: String?
    /// The media section's place in the description, from 0.
    public var sdpMLineIndex: UInt16?
    /// The ICE username fragment that the candidate belongs to.
    public var usernameFragment: String?

    /// Makes a candidate; at least one of `sdpMid` and `sdpMLineIndex` is needed to add a candidate
    /// that is not empty.
    public init(
        candidate: String = "", sdpMid: String? = nil, sdpMLineIndex: UInt16? = nil, usernameFragment: String? = nil
    ) {
        self.candidate = candidate
        self.sdpMid = sdpMid
        self.sdpMLineIndex = sdpMLineIndex
        self.usernameFragment = usernameFragment
    }

    private enum CodingKeys: String, CodingKey { case candidate, sdpMid, sdpMLineIndex, usernameFragment }

    /// Reads the browsers' JSON; each member may be missing or null.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        candidate = try container.decodeIfPresent(String.self, forKey: .candidate) ?? ""
        sdpMid = try container.decodeIfPresent(String.self, forKey: .sdpMid)
        sdpMLineIndex = try container.decodeIfPresent(UInt16.self, forKey: .sdpMLineIndex)
        usernameFragment = try container.decodeIfPresent(String.self, forKey: .usernameFragment)
    }
}
