/// Why a connection does not connect, or where it stands: the first step that is not done, what was
/// seen of it, and what to do. For people, and for programs that decide by ``step``.
public struct ConnectionDiagnosis: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The steps to an open connection, in their order.
    public enum Step: String, Sendable, Hashable, Codable, CaseIterable {
        /// `setLocalDescription` is still to come: there was none yet, or another offer is needed.
        case localDescription = "local-description"
        /// `setRemoteDescription` is still to come.
        case remoteDescription = "remote-description"
        /// An answer without data channels, or without any section that could carry something.
        case agreement
        /// This end has no candidate.
        case localCandidates = "local-candidates"
        /// None of the TURN servers has given a relayed candidate, and without one there is no way.
        case relay
        /// The peer has sent no candidate.
        case remoteCandidates = "remote-candidates"
        /// Connectivity checks: no pair of candidates works, or not yet.
        case checks
        /// There was a pair, and the peer does not answer on it any more (RFC 7675).
        case consent
        /// The DTLS handshake.
        case dtls
        /// The certificate that the peer has shown in DTLS is not the one that its description
        /// announced.
        case fingerprint
        /// The SCTP association.
        case sctp
        /// The protection of media: DTLS has agreed on no profile of SRTP, or no packet proves to
        /// be the peer's.
        case srtp
        /// Media on a connection that is up: no codec in common, frames in a codec that the peer
        /// does not have, nothing that comes, or no key frame.
        case media
        /// Nothing is left to do.
        case connected
        /// The connection was closed by this side.
        case closed
    }

    /// How it stands with the step.
    public enum Verdict: String, Sendable, Hashable, Codable, CaseIterable {
        /// All is done.
        case good
        /// It is under way, or waits for the application or the peer.
        case waiting
        /// It has failed.
        case bad
    }

    /// The first step that is not done, or that has failed.
    public let step: Step
    /// How it stands with it.
    public let verdict: Verdict
    /// What was seen.
    public let text: String
    /// What to do about it, if something is to be done.
    public let advice: String?
    /// Each pair of candidates that was tried, and what each server said; 64 at most.
    public let details: [String]

    init(_ step: Step, _ verdict: Verdict, _ text: String, advice: String? = nil, details: [String] = []) {
        self.step = step
        self.verdict = verdict
        self.text = text
        self.advice = advice
        self.details = Array(details.prefix(64))
    }

    /// The same, said of the transport of these sections; of the connection as a whole where there
    /// are none.
    func naming(_ mids: [String]) -> ConnectionDiagnosis {
        guard !mids.isEmpty else { return self }
        let names = mids.map { "'\($0)'" }.joined(separator: ", ")
        return ConnectionDiagnosis(
            step, verdict, "the transport of section \(names): \(text)", advice: advice, details: details)
    }

    /// The same, with something that is to be looked at before the rest.
    func advising(first advice: String) -> ConnectionDiagnosis {
        ConnectionDiagnosis(
            step, verdict, text, advice: self.advice.map { "\(advice); then \($0)" } ?? advice, details: details)
    }

    /// The same of a connection for which an offer should be made, and was not yet.
    var lackingOffer: ConnectionDiagnosis {
        let isNew = step == .localDescription
        guard verdict == .good || isNew else { return advising(first: Self.offerAdvice) }
        let seen = "an offer is needed, and nobody has made it yet: "
        return ConnectionDiagnosis(
            .localDescription, .waiting, seen + text, advice: isNew ? advice : Self.offerAdvice, details: details)
    }

    private static let offerAdvice =
        "make the offer that negotiationNeeded asks for: call setLocalDescription and send it to the peer, or keep "
        + "a PerfectNegotiator, which ends when nobody holds it"

    /// Everything, a line each.
    public var description: String {
        let first = "\(step.rawValue): \(verdict.rawValue): \(text)"
        let last = advice.map { ["what to do: " + $0] } ?? []
        return ([first] + details.map { "  " + $0 } + last).joined(separator: "\n")
    }
}
