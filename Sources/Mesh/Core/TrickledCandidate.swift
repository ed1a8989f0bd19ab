/// An RTCIceCandidateInit on its way; nil in its place means the end of candidates.
package struct TrickledCandidate: Sendable, Hashable {
    package var candidate: String
    package var sdpMid: String?
    package var sdpMLineIndex: UInt16?
    package var usernameFragment: String?

    /// What it takes to keep it.
    var byteCount: Int { candidate.utf8.count + (sdpMid?.utf8.count ?? 0) + (usernameFragment?.utf8.count ?? 0) }

    package init(candidate: String, sdpMid: String?, sdpMLineIndex: UInt16?, usernameFragment: String?) {
        self.candidate = candidate
        self.sdpMid = sdpMid
        self.sdpMLineIndex = sdpMLineIndex
        self.usernameFragment = usernameFragment
    }
}
