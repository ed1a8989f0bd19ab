internal import TransportTypes
internal import Synchronization

/// In which order `.local` names are asked for: the turn goes round among those who ask, so that
/// nobody who asks for many keeps another's one waiting. Pure: it names what to start,
/// ``LocalNameResolver`` does it.
struct NameQueue {
    /// How many names one requester has asked for at a time; the others of its own wait.
    static let limitEach = 4
    /// How many of a requester's names may wait or be asked for.
    static let waitingEach = 32

    private struct Turn {
        var waiting: [String] = []
        var running = 0
    }

    private let maximumConcurrency: Int
    private var turns: [NameRequester: Turn] = [:]
    /// Those with names that wait, whose turn it is first.
    private var round: [NameRequester] = []
    /// Whose turn each running name is.
    private var running: [String: NameRequester] = [:]

    init(maximumConcurrency: Int) {
        self.maximumConcurrency = max(1, maximumConcurrency)
    }

    /// Whether the requester may ask for another name.
    func hasRoom(for requester: NameRequester) -> Bool {
        guard let turn = turns[requester], requester.isLimited else { return true }
        return turn.waiting.count + turn.running < Self.waitingEach
    }

    /// A requester wants the name, which is not being asked for yet.
    mutating func add(_ name: String, for requester: NameRequester) {
        guard running[name] == nil, turns[requester]?.waiting.contains(name) != true else { return }
        if turns[requester, default: Turn()].waiting.isEmpty { round.append(requester) }
        turns[requester, default: Turn()].waiting.append(name)
    }

    /// Nobody wants the name any more, or it is answered.
    mutating func remove(_ name: String) {
        if let requester = running.removeValue(forKey: name) { turns[requester]?.running -= 1 }
        for requester in turns.keys {
            turns[requester]?.waiting.removeAll { $0 == name }
            if turns[requester]?.waiting.isEmpty == true { round.removeAll { $0 == requester } }
            if let turn = turns[requester], turn.waiting.isEmpty, turn.running == 0 { turns[requester] = nil }
        }
    }

    /// The next name to ask for now, nil when nobody may.
    ///
    /// Who has none under way gets one though all places are taken, up to three times as many:
    /// otherwise some requesters with names that nobody has would keep all others waiting until
    /// those are given up.
    mutating func next() -> String? {
        for (index, requester) in round.enumerated() {
            guard let turn = turns[requester], let name = turn.waiting.first else { continue }
            let limit = turn.running == 0 ? 4 * maximumConcurrency : maximumConcurrency
            let own = requester.isLimited ? Self.limitEach : maximumConcurrency
            guard running.count < limit, turn.running < own else { continue }
            round.remove(at: index)
            turns[requester]?.waiting.removeFirst()
            turns[requester]?.running += 1
            running[name] = requester
            // Others may wait for the same name: the one question serves them all.
            for other in turns.keys { turns[other]?.waiting.removeAll { $0 == name } }
            round.removeAll { turns[$0]?.waiting.isEmpty ?? true }
            if turns[requester]?.waiting.isEmpty == false { round.append(requester) }
            return name
        }
        return nil
    }
}
