package import JSEP

/// Finds the words for what a negotiator says to a peer that may be a browser's few lines.
///
/// No message says only that an offer is refused: whoever does not know it would take it for
/// something else, a candidate without a line for the end of all candidates. A negotiator that
/// refuses makes an offer itself then, so the refusal is kept until that, and goes beside it.
struct NegotiationNotes: Sendable {
    /// The offer that is refused, until that is said.
    private var refused: String?

    /// What to send; nil when there is nothing that everybody would understand.
    mutating func outgoing(_ payload: SignalingPayload) -> (payload: SignalingPayload, note: NegotiationNote?)? {
        guard case .description(let description, let answers) = payload else { return (payload, nil) }
        switch description.type {
        case .offer:
            defer { refused = nil }
            return (payload, refused.map { NegotiationNote(refuses: $0) })
        case .answer:
            refused = nil
            return (payload, answers.map { NegotiationNote(answers: $0) })
        case .rollback:
            refused = answers
            return nil
        // Whoever knows answers only would take it for the last word.
        case .pranswer: return nil
        }
    }
}

extension NegotiationNote? {
    /// What a peer has said with a message and the note beside it.
    func payloads(with payload: SignalingPayload) -> [SignalingPayload] {
        guard let note = self, case .description(let description, _) = payload else { return [payload] }
        switch (description.type, note.answers, note.refuses) {
        case (.answer, let answers?, _): return [.description(description, answers: answers)]
        case (.offer, _, let refuses?):
            return [.description(SessionDescription(type: .rollback), answers: refuses), payload]
        default: return [payload]
        }
    }
}

extension CandidateMessage {
    package init(_ candidate: ICECandidateInit) {
        self.init(
            candidate: candidate.candidate, sdpMid: candidate.sdpMid, sdpMLineIndex: candidate.sdpMLineIndex,
            usernameFragment: candidate.usernameFragment)
    }
}

extension ICECandidateInit {
    init(_ candidate: CandidateMessage) {
        self.init(
            candidate: candidate.candidate, sdpMid: candidate.sdpMid, sdpMLineIndex: candidate.sdpMLineIndex,
            usernameFragment: candidate.usernameFragment)
    }
}
