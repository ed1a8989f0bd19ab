extension LeaderElection {
    /// Whether the leader has said that it leads; if not, it is expected to.
    var isClaimed: Bool { leader != nil && term.leader == leader?.id }

    /// Whether the leader is there as far as this node can tell by itself.
    var hearsLeader: Bool {
        guard let leader else { return false }
        if leader.id == own.id { return true }
        guard sightings[leader.id]?.isPresent == true else { return false }
        guard isClaimed else { return true }
        if let doubtEnd, doubtEnd <= now { return false }
        return voices.contains(leader.id) && now - lastBeat < configuration.beatTimeout
    }

    /// Whether it is there by what is heard of it, too, where it cannot be heard.
    private var isLed: Bool {
        if hearsLeader { return true }
        guard isClaimed, let leader, sightings[leader.id]?.isPresent == true, let lastRelay,
            !voices.contains(leader.id)
        else { return false }
        return now - lastRelay < configuration.beatTimeout
    }

    /// What this node says of its leader: nothing of one that it does not hear itself.
    var ownState: ElectionMessage.Kind { .state(leader: isClaimed && hearsLeader ? leader?.id : nil) }

    /// Whether something has to be said to all, again and again.
    var needsRounds: Bool { !voices.isEmpty && (isLeader && isClaimed || !(isClaimed && hearsLeader)) }

    /// All that follows from the state and the time.
    mutating func choose() {
        guard now >= settledAt else { return }
        endCampaignInTime()
        if isLed {
            leaderlessSince = nil
            challengeLeader()
        } else {
            replaceLeader()
        }
        speakToAll()
    }

    /// There is a leader: a better contender takes over, once its probation is over.
    private mutating func challengeLeader() {
        guard let leader else { return }
        var best = own
        for sighting in sightings.values where sighting.contender.ballot > best.ballot {
            if sighting.eligibleAt.map({ $0 <= now }) == true { best = sighting.contender }
        }
        if best.ballot > leader.ballot {
            follow(best)
        } else if isLeader, !isClaimed {
            // Somebody has heard of a higher term than this node's.
            runForLeader()
        } else if campaign != nil, leader.id != own.id {
            campaign = nil
        }
    }

    /// There is none: the best that is there.
    private mutating func replaceLeader() {
        let since = leaderlessSince ?? now
        leaderlessSince = since
        var best = own
        for sighting in sightings.values where sighting.isPresent && sighting.contender.ballot > best.ballot {
            let id = sighting.contender.id
            if id == leader?.id, isClaimed { continue }
            // Who has not answered since is not there either.
            if let heard = voices.lastHeard(id), heard < since, now - since >= configuration.answerTimeout { continue }
            best = sighting.contender
        }
        follow(best)
    }

    /// Those with a voice say themselves when they lead; others are taken for what they seem.
    private mutating func follow(_ best: Contender) {
        if best.id == own.id { return runForLeader() }
        campaign = nil
        guard !voices.contains(best.id), leader?.id != best.id else { return }
        // What it leads in is heard of later, and is another term than the one that is left.
        term = Term(term.number + 1)
        setLeader(best)
    }

    mutating func setLeader(_ next: Contender) {
        if leader?.id != next.id { (campaignsLost, lastRelay) = (0, nil) }
        leader = next
        (campaign, doubtEnd, leaderlessSince, lastBeat, hasWaited) = (nil, nil, nil, now, false)
    }

    private mutating func speakToAll() {
        guard needsRounds, nextRound <= now else { return }
        nextRound = now + configuration.beatInterval
        let kind: ElectionMessage.Kind = isLeader && isClaimed ? ownState : .query
        for id in voices.ids.sorted() { say(kind, to: id) }
    }

    mutating func say(_ kind: ElectionMessage.Kind, to id: ContenderID) {
        actions.append(.send(ElectionMessage(kind, number: term.number), to: id))
    }
}
