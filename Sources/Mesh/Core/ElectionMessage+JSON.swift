internal import Election
internal import StrictJSON

extension ElectionMessage {
    /// Reads what is said about leaders; nil for what means nothing.
    init?(_ type: String, _ message: JSONValue) {
        guard let number = message["term"].flatMap(ChannelMessage.wholeNumber) else { return nil }
        switch type {
        case "leader":
            switch message["leader_id"] {
            case nil, .null?: self.init(.state(leader: nil), number: number)
            case .string(let text)?:
                guard let id = ContenderID(text) else { return nil }
                self.init(.state(leader: id), number: number)
            default: return nil
            }
        case "leader_query": self.init(.query, number: number)
        case "vote":
            guard case .bool(let isPreVote) = message["pre"] else { return nil }
            self.init(isPreVote ? .preVote : .vote, number: number)
        case "voted":
            guard case .bool(let isPreVote) = message["pre"], case .bool(let isGranted) = message["granted"] else {
                return nil
            }
            self.init(.answer(isPreVote: isPreVote, isGranted: isGranted), number: number)
        default: return nil
        }
    }

    var type: String {
        switch kind {
        case .state: "leader"
        case .query: "leader_query"
        case .preVote, .vote: "vote"
        case .answer: "voted"
        }
    }

    var members: [String: JSONValue] {
        var members: [String: JSONValue] = ["term": .number(String(number))]
        switch kind {
        case .state(let leader): members["leader_id"] = leader.map { .string($0.description) } ?? .null
        case .query: break
        case .preVote: members["pre"] = .bool(true)
        case .vote: members["pre"] = .bool(false)
        case .answer(let isPreVote, let isGranted):
            members["pre"] = .bool(isPreVote)
            members["granted"] = .bool(isGranted)
        }
        return members
    }
}
