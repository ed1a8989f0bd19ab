internal import StrictJSON

/// What a negotiator says beside a message, in its member `negotiation`: an object whose members
/// are strings. Whoever does not know it passes over it, as over any member that is not known.
struct NegotiationNote: Sendable, Hashable {
    private static let member = "negotiation"

    /// Beside an answer: session id and version of the offer that it answers.
    var answers: String?
    /// Beside an offer: session id and version of the other side's offer that is refused. It counts
    /// as a rollback that comes before the offer.
    var refuses: String?
    /// Beside an offer: it negotiates a call anew that has been accepted, and does not ring where
    /// nobody knows that.
    var renewsCall = false

    /// Reads the note of a message; nil where there is none, or something else in its place.
    init?(_ message: SignalingMessage) {
        guard let value = message.value(Self.member) else { return nil }
        self.init(answers: value["answers"]?.text, refuses: value["refuses"]?.text)
        renewsCall = value["renews"]?.text == "call"
        if answers == nil, refuses == nil, !renewsCall { return nil }
    }

    init(answers: String? = nil, refuses: String? = nil) {
        self.answers = answers
        self.refuses = refuses
    }

    /// Puts it into a message.
    func write(into message: inout SignalingMessage) {
        var members: [String: JSONValue] = [:]
        members["answers"] = answers.map { .string($0) }
        members["refuses"] = refuses.map { .string($0) }
        if renewsCall { members["renews"] = .string("call") }
        message.members[Self.member] = .object(members)
    }

    /// About how many bytes it keeps.
    var size: Int { (answers?.utf8.count ?? 0) + (refuses?.utf8.count ?? 0) + 2 * MemoryLayout<String>.size }
}
