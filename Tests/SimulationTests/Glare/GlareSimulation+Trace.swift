import TransportTypes

@testable import JSEP

// For people.
extension GlareSimulation {
    /// What happened; empty unless it was asked for.
    var trace: [String] { log?.lines ?? [] }

    final class Log {
        var lines: [String] = []
    }

    func say(_ text: () -> String) {
        log?.lines.append("\(now) ms  \(text())")
    }

    func summary(_ end: Int) -> String {
        let negotiation = ends[end].negotiation
        let ours = negotiation.localFragments.joined(separator: " ")
        let theirs = negotiation.transportIDs.map { negotiation.remoteCredentials(of: $0)?.usernameFragment ?? "-" }
        return "\(negotiation.signalingState.rawValue), local \(ours), remote \(theirs.joined(separator: " "))"
            + (negotiation.isNegotiationNeeded ? ", needs an offer" : "")
            + (cores[end].needsRepair ? ", needs repair" : "")
    }
}

extension SignalingPayload {
    /// In a few words.
    var short: String {
        switch self {
        case .description(let description, let answers):
            "\(description.type.rawValue) \(DescriptionID(ofText: description.sdp)?.description ?? "?")"
                + (answers.map { " to \($0)" } ?? "")
        case .candidate(let candidate):
            "candidate \(candidate?.candidate.split(separator: " ").first ?? "end") of \(candidate?.usernameFragment ?? "?")"
        }
    }
}

extension NegotiatorCore.Action {
    /// Whether an answer was set.
    var isExchange: Bool {
        switch self {
        case .answer, .take: true
        default: false
        }
    }

    /// In a few words.
    var short: String {
        switch self {
        case .answer: "set offer, answer"
        case .take: "set answer"
        case .add: "add candidate"
        default: "\(self)"
        }
    }
}
