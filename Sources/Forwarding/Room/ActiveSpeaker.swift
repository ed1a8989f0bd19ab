package import RTP

/// Tells who speaks, by the levels that packets of audio carry (RFC 6464). Bounded. Pure; time is a
/// parameter.
///
/// Each speaker has an activity of 0 to 1, which follows the level slowly: a short noise does not
/// get far. Who speaks stays so until another is clearly more active for a while, or it is silent.
package struct ActiveSpeaker: Sendable {
    /// How many speakers are known; the one that was not heard for the longest time makes room.
    package static let maximumCount = 64
    /// How many of those are kept who spoke last.
    package static let recentCount = 16
    /// What is not louder is silence, in dB below the loudest.
    package static let threshold: UInt8 = 55
    /// In this time an activity goes half the way to where the level draws it.
    package static let inertia = Duration.milliseconds(400)
    /// Whose activity is less does not speak.
    package static let silence = 0.1
    /// Whose activity is as much may become the one who speaks.
    package static let speech = 0.3
    /// By so much another has to be more active.
    package static let advantage = 0.1
    /// For so long another has to be more active.
    package static let patience = Duration.milliseconds(300)
    /// For so long at least somebody stays who has begun to speak, unless it is silent.
    package static let hold = Duration.seconds(1)
    /// What comes in one step counts for this at most.
    private static let maximumStep = Duration.milliseconds(100)
    /// After this time without a packet there is silence: nothing is sent then.
    private static let timeout = Duration.milliseconds(200)

    private struct Speaker: Sendable {
        var activity = 0.0
        var lastPacket: Duration
        /// To when ``activity`` is right.
        var lastUpdate: Duration

        mutating func move(to aim: Double, for time: Duration) {
            let step = max(0, time / .seconds(1))
            activity += (aim - activity) * step / (step + ActiveSpeaker.inertia / .seconds(1))
        }
    }

    private var speakers: [UInt64: Speaker] = [:]
    private var challenger: (id: UInt64, since: Duration)?
    private var spokenSince = Duration.zero

    /// Who speaks, or spoke last; nil if nobody has yet.
    package private(set) var speaker: UInt64?
    /// Who spoke last, in order, the latest first; each once, ``speaker`` among them.
    package private(set) var recent: [UInt64] = []

    /// Nobody has been heard.
    package init() {}

    /// How many are known.
    package var count: Int { speakers.count }

    /// Whether ``speaker`` is not silent now.
    package var isSpeaking: Bool { activity(of: speaker) >= Self.silence }

    /// 0 for silence to 1; 0 for who is not known.
    package func activity(of id: UInt64?) -> Double { id.flatMap { speakers[$0]?.activity } ?? 0 }

    /// Takes the level of a packet.
    ///
    /// - Parameters:
    ///   - level: as the packet says it.
    ///   - id: whose it is, by any number.
    ///   - now: by any clock that does not go back.
    package mutating func note(_ level: AudioLevel, of id: UInt64, now: Duration) {
        makeRoom(for: id)
        var known = speakers[id] ?? Speaker(lastPacket: now, lastUpdate: now - .milliseconds(20))
        let loudness = Double(Self.threshold) - Double(min(level.decibelsBelowFull, Self.threshold))
        let aim = loudness > 0 ? 0.5 + loudness / Double(Self.threshold) / 2 : 0
        known.move(to: aim, for: min(now - known.lastUpdate, Self.maximumStep))
        (known.lastPacket, known.lastUpdate) = (max(now, known.lastPacket), max(now, known.lastUpdate))
        speakers[id] = known
    }

    /// Somebody is gone.
    package mutating func remove(_ id: UInt64) {
        speakers[id] = nil
        recent.removeAll { $0 == id }
        if speaker == id { speaker = nil }
        if challenger?.id == id { challenger = nil }
    }

    /// Decides who speaks. To be called several times a second.
    ///
    /// - Returns: whether ``speaker`` has changed.
    @discardableResult
    package mutating func update(now: Duration) -> Bool {
        fade(now: now)
        let best = speakers.filter { $0.key != speaker && $0.value.activity >= Self.speech }
            .max { ($0.value.activity, $1.key) < ($1.value.activity, $0.key) }
        guard let best else {
            challenger = nil
            return false
        }
        let present = activity(of: speaker)
        guard speaker != nil, present >= Self.silence else { return change(to: best.key, now: now) }
        guard best.value.activity >= present + Self.advantage else {
            challenger = nil
            return false
        }
        if challenger?.id != best.key { challenger = (best.key, now) }
        guard let since = challenger?.since, now - since >= Self.patience, now - spokenSince >= Self.hold else {
            return false
        }
        return change(to: best.key, now: now)
    }

    private mutating func change(to id: UInt64, now: Duration) -> Bool {
        (speaker, spokenSince, challenger) = (id, now, nil)
        recent.removeAll { $0 == id }
        recent.insert(id, at: 0)
        if recent.count > Self.recentCount { recent.removeLast() }
        return true
    }

    /// Of whom nothing comes is silent.
    private mutating func fade(now: Duration) {
        for (id, var known) in speakers where now - known.lastPacket > Self.timeout && now > known.lastUpdate {
            known.move(to: 0, for: now - known.lastUpdate)
            known.lastUpdate = now
            speakers[id] = known
        }
    }

    private mutating func makeRoom(for id: UInt64) {
        guard speakers[id] == nil, speakers.count >= Self.maximumCount else { return }
        let oldest = speakers.filter { $0.key != speaker }
            .min { ($0.value.lastPacket, $0.key) < ($1.value.lastPacket, $1.key) }
        if let oldest { speakers[oldest.key] = nil }
    }
}
