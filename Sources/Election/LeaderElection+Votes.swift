/// How a node comes to lead.
struct Campaign: Sendable {
    let number: UInt64
    /// Whether those that answer are only asked whether they would vote.
    var isPreVote = true
    /// Who has not answered.
    var waiting: Set<ContenderID>
    /// Who has said yes.
    var granted: Set<ContenderID> = []
    var deadline: Duration
}

extension LeaderElection {
    /// The longest pause after a campaign that was lost.
    private static let longestPause = Duration.seconds(2)

    // MARK: - Asking

    mutating func runForLeader() {
        guard campaign == nil, campaignsAgainAt <= now else { return }
        var asked = voices.ids
        // A leader that is passed over is not asked.
        if let leader, leader.id != own.id, !hearsLeader { asked.remove(leader.id) }
        // After several that were lost somebody may have used the number for another.
        let number = max(term.number, vote?.number ?? 0) + 1 + UInt64(min(campaignsLost / 3, 8))
        campaign = Campaign(number: number, waiting: asked, deadline: now + configuration.answerTimeout)
        for id in asked.sorted() { actions.append(.send(ElectionMessage(.preVote, number: number), to: id)) }
        goOnWithCampaign()
    }

    /// Who has not answered in time has no vote.
    mutating func endCampaignInTime() {
        guard let deadline = campaign?.deadline, deadline <= now else { return }
        campaign?.waiting = []
        goOnWithCampaign()
    }

    private mutating func goOnWithCampaign() {
        while let current = campaign, current.waiting.isEmpty {
            guard current.isPreVote else { return claim(current.number) }
            guard current.number > max(term.number, vote?.number ?? 0) else { return loseCampaign() }
            vote = Term(current.number, leader: own.id)
            campaign = Campaign(
                number: current.number, isPreVote: false, waiting: current.granted,
                deadline: now + configuration.answerTimeout)
            for id in current.granted.sorted() {
                actions.append(.send(ElectionMessage(.vote, number: current.number), to: id))
            }
        }
    }

    private mutating func claim(_ number: UInt64) {
        guard Term(number, leader: own.id) > term else { return loseCampaign() }
        term = Term(number, leader: own.id)
        setLeader(own)
        campaignsLost = 0
        nextRound = now
    }

    private mutating func loseCampaign() {
        campaign = nil
        let pause = configuration.answerTimeout / 2 * (1 << min(campaignsLost, 6))
        campaignsLost += 1
        campaignsAgainAt = now + min(pause, Self.longestPause)
    }

    // MARK: - Hearing

    mutating func take(_ message: ElectionMessage, from id: ContenderID) {
        switch message.kind {
        case .state(let leader): takeState(Term(message.number, leader: leader), from: id)
        case .query:
            takeState(Term(message.number), from: id)
            reply(to: id)
        case .preVote: answer(id, message.number, isPreVote: true)
        case .vote: answer(id, message.number, isPreVote: false)
        case .answer(let isPreVote, let isGranted):
            takeAnswer(message.number, isPreVote: isPreVote, isGranted: isGranted, from: id)
        }
    }

    private mutating func takeState(_ other: Term, from id: ContenderID) {
        if other == term {
            guard let named = other.leader, named == leader?.id else { return adopt(other) }
            if named == id { (lastBeat, hasWaited) = (now, false) } else { lastRelay = now }
            // Where it can be heard itself, what others say does not stand for it.
            if !voices.contains(named) { doubtEnd = nil }
        } else if other > term {
            adopt(other)
        } else if other.leader != nil || other.number < term.number {
            reply(to: id)
        }
    }

    /// Says what is known here, unless that was just said.
    private mutating func reply(to id: ContenderID) {
        guard voices.mayReply(to: id, at: now, pause: configuration.doubtTimeout / 3) else { return }
        say(ownState, to: id)
    }

    /// A term that is as high as this node's, or higher: whoever has claimed it leads.
    private mutating func adopt(_ other: Term) {
        guard let id = other.leader, id != own.id, let sighting = sightings[id] else {
            // Of itself a node knows better: it led before it was started again.
            if other.number > term.number { term = Term(other.number) }
            return
        }
        term = other
        setLeader(sighting.contender)
        // Others may say so: it is heard of, until it is heard.
        lastRelay = now
    }

    private mutating func answer(_ id: ContenderID, _ number: UInt64, isPreVote: Bool) {
        let isGranted = grants(id, number)
        if isGranted, !isPreVote {
            vote = Term(number, leader: id)
            campaign = nil
            campaignsAgainAt = now + configuration.answerTimeout * 2
        }
        if !isGranted {
            // Who asks for a number that is used up is to ask for the next one.
            let isUsed = vote.map { $0.number >= number } ?? false
            if isUsed, !isClaimed, number > term.number { term = Term(number) }
            say(ownState, to: id)
        }
        actions.append(
            .send(ElectionMessage(.answer(isPreVote: isPreVote, isGranted: isGranted), number: number), to: id))
    }

    private func grants(_ id: ContenderID, _ number: UInt64) -> Bool {
        guard let sighting = sightings[id] else { return false }
        let hasVote = vote == Term(number, leader: id)
        guard number > term.number || hasVote && term == Term(number) else { return false }
        if let vote, vote.number > number || vote.number == number && vote.leader != id { return false }
        let ballot = sighting.contender.ballot
        guard now < settledAt || ballot > own.ballot else { return false }
        if let leader, hearsLeader, leader.id != id {
            // One that is expected to lead has not been heard to.
            guard isClaimed || leader.ballot > ballot else { return true }
            return ballot > leader.ballot && (sighting.eligibleAt.map { $0 <= now } ?? false)
        }
        return true
    }

    private mutating func takeAnswer(_ number: UInt64, isPreVote: Bool, isGranted: Bool, from id: ContenderID) {
        guard let current = campaign, current.number == number, current.isPreVote == isPreVote,
            campaign?.waiting.remove(id) != nil
        else { return }
        guard isGranted else { return loseCampaign() }
        campaign?.granted.insert(id)
        goOnWithCampaign()
    }
}
