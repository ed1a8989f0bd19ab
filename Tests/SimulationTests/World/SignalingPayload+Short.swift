import JSEP

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
