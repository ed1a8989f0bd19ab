/// A candidate on its way to the other peer: the members of the W3C's `RTCIceCandidateInit`.
public struct CandidateMessage: Sendable, Hashable {
    /// The candidate line, `candidate:…`; empty means: no more candidates.
    public var candidate: String
    /// The identification tag of the media section it belongs to.
    public var sdpMid: String?
    /// The index of the media section it belongs to.
    public var sdpMLineIndex: UInt16?
    /// The ICE ufrag of the generation it belongs to.
    public var usernameFragment: String?

    /// A candidate from its parts.
    public init(
        candidate: String, sdpMid: String? = nil, sdpMLineIndex: UInt16? = nil, usernameFragment: String? = nil
    ) {
        self.candidate = candidate
        self.sdpMid = sdpMid
        self.sdpMLineIndex = sdpMLineIndex
        self.usernameFragment = usernameFragment
    }
}
