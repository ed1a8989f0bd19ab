/// When packets have arrived, by source and sequence number, until it is told to the peer, whose
/// estimate of the path needs it (RFC 8888 §3.1). Pure; time is a parameter.
struct SourceArrivals {
    /// How long arrivals wait to be told together.
    static let interval = Duration.milliseconds(50)
    /// How many sources there are at once.
    static let maximumSources = 256
    /// One that was silent for so long makes room for a new one.
    static let shortestSilence = Duration.seconds(1)
    /// When so many wait they had better be told now.
    static let fullCount = 500
    /// How many bytes a feedback has at most, and of how many packets is told at once: what is
    /// beyond that waits for the next time.
    static let maximumSize = 600
    static let maximumTold = 2048

    private var sources: [UInt32: ArrivalWindow] = [:]
    /// Those of which there is something to tell, first the one that has waited longest.
    private var waiting: [UInt32] = []
    private var waitingCount = 0
    private var since: Duration?
    /// There is no room for new sources until then.
    private var isCrowdedUntil = Duration.zero

    /// When to tell.
    var deadline: Duration? { since.map { $0 + Self.interval } }

    /// Whether so many wait that they had better be told now.
    var isFull: Bool { waitingCount >= Self.fullCount }

    /// Notes a packet.
    ///
    /// - Parameter ecn: the two bits with which it came.
    mutating func note(_ number: UInt16, of ssrc: UInt32, ecn: UInt8, now: Duration) {
        let time = now.microseconds
        let news: ArrivalWindow.News
        if let known = sources[ssrc]?.note(number, ecn: ecn, at: time) {
            news = known
        } else {
            guard hasRoom(now: now) else { return }
            sources[ssrc] = ArrivalWindow(number, ecn: ecn, at: time)
            news = .first
        }
        guard news != .none else { return }
        waitingCount += 1
        if news == .first { waiting.append(ssrc) }
        if since == nil { since = now }
    }

    /// Whether there is room for one more source, made if need be.
    private mutating func hasRoom(now: Duration) -> Bool {
        guard sources.count >= Self.maximumSources else { return true }
        guard now >= isCrowdedUntil,
            let oldest = sources.min(by: { $0.value.lastArrival < $1.value.lastArrival })
        else { return false }
        guard oldest.value.lastArrival < (now - Self.shortestSilence).microseconds else {
            isCrowdedUntil = now + Self.interval
            return false
        }
        sources[oldest.key] = nil
        waiting.removeAll { $0 == oldest.key }
        return true
    }

    /// What waits, in as many feedbacks as it takes.
    ///
    /// - Parameter timestamp: of `now`, the middle 32 bits of the NTP time by the clock of sender
    ///   reports.
    mutating func tell(from sender: UInt32, timestamp: UInt32, now: Duration) -> [RTCPWriter] {
        (since, waitingCount) = (nil, 0)
        var told: [RTCPWriter] = []
        var blocks: [CongestionControlFeedback.Block] = []
        // The headers of RTCP and the feedback, and the time at its end.
        let empty = 12
        var (size, left, done) = (empty, Self.maximumTold, 0)
        func end() {
            guard !blocks.isEmpty else { return }
            var writer = RTCPWriter()
            writer.appendCongestionControl(from: sender, timestamp: timestamp, blocks)
            told.append(writer)
            (blocks, size) = ([], empty)
        }
        while done < waiting.count, left > 0 {
            let ssrc = waiting[done]
            // A block has 8 bytes, and two for each packet, up to whole words.
            if size + 8 + 4 > Self.maximumSize { end() }
            let room = (Self.maximumSize - size - 8) / 4 * 2
            if let block = sources[ssrc]?.tell(atMost: min(room, left), of: ssrc, now: now.microseconds) {
                left -= block.offsets.count
                size += 8 + (block.offsets.count + 1) / 2 * 4
                blocks.append(block)
            }
            if sources[ssrc]?.hasNews != true { done += 1 }
        }
        end()
        waiting.removeFirst(done)
        if !waiting.isEmpty { since = now }
        return told
    }
}
