extension LeaderElection {
    /// A call that is so much later than it was asked for tells that this node was stopped.
    private static let lateness = Duration.milliseconds(100)

    /// When ``advance(to:)`` has something to do, if nothing happens before.
    public var nextDeadline: Duration? {
        guard now >= settledAt else { return settledAt }
        var deadline: Duration?
        func consider(_ time: Duration?) {
            guard let time, time > now else { return }
            deadline = min(deadline ?? time, time)
        }
        consider(campaign?.deadline)
        consider(doubtEnd)
        consider(campaignsAgainAt)
        if needsRounds { consider(nextRound) }
        if let leader, leader.id != own.id, isClaimed {
            consider(nextBeat)
            consider(lastBeat + configuration.beatTimeout)
            consider(lastRelay.map { $0 + configuration.beatTimeout })
        }
        consider(leaderlessSince.map { $0 + configuration.answerTimeout })
        for sighting in sightings.values where sighting.isPresent {
            let isBetter = leader.map { sighting.contender.ballot > $0.ballot } ?? true
            if isBetter { consider(sighting.eligibleAt) }
            consider(configuration.silenceLimit.map { sighting.lastHeard + $0 })
        }
        return deadline
    }

    mutating func pass(to time: Duration, hearing id: ContenderID? = nil) {
        if let promised = nextDeadline, time - promised > Self.lateness { shift(by: time - promised, to: time) }
        now = max(now, time)
        if let id { sightings[id]?.heard(at: now, configuration: configuration) }
        if let limit = configuration.silenceLimit {
            for (id, sighting) in sightings where sighting.isPresent && now - sighting.lastHeard >= limit {
                sightings[id]?.fellSilent(at: now, configuration: configuration)
            }
        }
        for (id, sighting) in sightings where sighting.isForgotten(at: now, configuration: configuration) {
            sightings[id] = nil
        }
    }

    /// What this node has not lived through counts against nobody: what was said meanwhile is still
    /// to be read. Half of the time that a leader may be silent is left for that, once.
    private mutating func shift(by time: Duration, to end: Duration) {
        lastBeat += time
        if !hasWaited { lastBeat = max(lastBeat, end - configuration.beatTimeout / 2) }
        hasWaited = true
        lastRelay = lastRelay.map { $0 + time }
        doubtEnd = doubtEnd.map { $0 + time }
        leaderlessSince = leaderlessSince.map { $0 + time }
        campaign?.deadline += time
        campaignsAgainAt = max(campaignsAgainAt, now) + time
        voices.shift(by: time)
        for id in sightings.keys { sightings[id]?.shift(by: time) }
    }

    /// When the next word of the leader is due, so that it is noticed if this node is late.
    private var nextBeat: Duration {
        let interval = max(configuration.beatInterval, .milliseconds(1))
        let beats = max(.zero, now - lastBeat) / interval
        return beats < 1e6 ? lastBeat + interval * (Int(beats) + 1) : now + interval
    }
}
