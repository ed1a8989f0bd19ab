/// Media on one transport: which packet is of which stream, what is missing, what the peer asks
/// for, and the reports of both ends (RFC 3550, RFC 4585, RFC 4588, RFC 8843 §9).
///
/// Pure: it is handed packets that were proven, and what it sends goes to its delegate, which
/// protects it. Time is a parameter, by any clock that does not go back. Lives on one thread.
package final class RTPSession {
    package weak var delegate: (any RTPSessionDelegate)?
    /// What both ends have agreed on, by the section's tag.
    package var sections: [String: RTPSection] { table.sections }
    /// The same for all that this end sends (RFC 7022).
    package let canonicalName: String
    /// Names this end where it sends nothing.
    let ownSSRC: UInt32
    let random: () -> UInt32
    /// The wall clock, since 1970, where the session's clock is 0.
    let epoch: Duration

    /// What the application's times are compared with.
    var anchor: SenderClock.Anchor?
    var table = StreamTable()
    /// What is sent, by source.
    package internal(set) var sentStreams: [UInt32: SentStream] = [:]
    /// How many there have been.
    private var sentStreamCount = 0
    var arrivals = TransportWideArrivals()
    var sourceArrivals = SourceArrivals()
    /// Whether the peer is told by source of what has no number (RFC 8888 §6).
    var tellsBySource = false
    /// Messages of congestion control feedback (RFC 8888 §3.1; W3C `RTCTransportStats`,
    /// `ccfbMessagesSent` and `ccfbMessagesReceived`).
    package internal(set) var sourceFeedbackSent: UInt64 = 0
    package internal(set) var sourceFeedbackReceived: UInt64 = 0
    var outgoing = OutgoingPackets()
    /// Streams that have got something in this turn.
    var touched: [ReceivedStream] = []
    var reportTimer = ReportTimer()
    /// From the report blocks that name a report of ours; until there is one, from what it took to
    /// get what was asked for.
    package internal(set) var roundTrip: Duration?
    var hasReportedRoundTrip = false
    /// What the streams know of it.
    var toldRoundTrip: Duration?
    /// Packets that belong to no section, or are of no codec of theirs.
    package internal(set) var strays: UInt64 = 0

    /// - Parameters:
    ///   - canonicalName: see ``canonicalName``.
    ///   - epoch: the wall clock, since 1970, where the session's clock is 0.
    ///   - random: where numbers that nobody may guess come from.
    package init(canonicalName: String, epoch: Duration, random: @escaping () -> UInt32) {
        self.canonicalName = canonicalName
        self.epoch = epoch
        self.random = random
        ownSSRC = random()
    }

    /// How many streams of one name in a section are put together to frames at once.
    static let buffersAtOnce = 4
    /// How many bytes the packets of all streams have that wait for others.
    static let maximumHeld = 64 << 20

    /// How much can be sent in all, in bit/s, as the peer's feedback shows; nil while there is none
    /// that shows it.
    package var availableBitrate: Int? { outgoing.bitrate }

    /// Takes how much the application could send at most, in bit/s: the path is not tried beyond
    /// that. Nil if it does not say.
    package func update(wantedBitrate: Int?) { outgoing.update(wanted: wantedBitrate) }

    /// Whether the peer tells with which ECN bits packets have arrived, and whether it is told so
    /// (RFC 8888 §3.1).
    package var hearsOfMarks: Bool { outgoing.feedback == .bySource }
    package var tellsOfMarks: Bool { tellsBySource }

    /// The round-trip time, or a guess.
    var roundTripOrGuess: Duration { roundTrip ?? .milliseconds(100) }

    /// The peer's streams, in the order of their sources.
    package var receivedStreams: [ReceivedStream] { table.streams }

    /// Whether a section has a stream that has not ended.
    package func isReceiving(_ mid: String) -> Bool {
        table.sources.values.contains { source in
            if case .stream(let stream) = source { stream.mid == mid && !stream.hasEnded } else { false }
        }
    }

    /// About the timestamp that a packet of a stream would have at a moment.
    package func timestamp(of stream: SentStream, now: Duration) -> UInt32 { stream.timestamp(at: wallClock(now)) }

    /// Takes what both ends have agreed on now, all of it. Streams of sections that are not there
    /// any more, or go another way now, end; of what is sent the peer is told (BYE). Where the
    /// section stays, they can go on later, with their numbers and counts.
    package func update(_ next: [RTPSection], now: Duration) {
        for stream in table.update(next) { end(stream, now: now) }
        tellsBySource = next.contains(where: \.tellsBySource)
        if !tellsBySource { sourceArrivals = SourceArrivals() }
        sendAllThatWaits(now: now)
        let feedback = ArrivalFeedback(agreedBy: next)
        outgoing.setFeedback(feedback, now: now)
        outgoing.setTakesEstimates(takesEstimates, now: now)
        var kept: [UInt32: SentStream] = [:]
        for section in next {
            for encoding in section.encodings {
                guard let stream = sentStream(encoding, of: section) else { continue }
                stream.isSending = section.sends
                if section.sends { stream.agree(section, feedback) }
                kept[encoding.ssrc] = stream
            }
        }
        let over = sentStreams.values.filter { kept[$0.ssrc]?.isSending != true }
        sayGoodbye(over, now: now)
        sentStreams = kept
    }

    /// The stream of an encoding: the one that there is, or a new one where there is something to
    /// send.
    private func sentStream(_ encoding: RTPSection.Encoding, of section: RTPSection) -> SentStream? {
        if let known = sentStreams[encoding.ssrc], known.mid == section.mid, known.encoding == encoding { return known }
        guard section.sends, let format = section.sentFormats.first else { return nil }
        sentStreamCount += 1
        return SentStream(
            number: sentStreamCount, section: section, encoding: encoding, clockRate: format.clockRate, random: random)
    }

    /// The streams of a section that are sent, in the order of its encodings.
    package func sentStreams(of mid: String) -> [SentStream] {
        (sections[mid]?.encodings ?? []).compactMap { sentStreams[$0.ssrc] }
    }

    /// Nothing more comes of a stream, as far as anybody knows: what it waits for does not come
    /// either, and what waits behind that goes up.
    func end(_ stream: ReceivedStream, now: Duration) {
        guard !stream.hasEnded else { return }
        stream.hasEnded = true
        if stream.hasBuffer {
            stream.buffer?.flush()
            deliver(stream, now: now)
        }
        delegate?.rtpSession(didEnd: stream)
    }

    /// Whoever takes what comes of a section wants to be told with the next packet of each of its
    /// streams that it has begun, as if it had ended before.
    package func announceAgain(_ mid: String) {
        for case .stream(let stream) in table.sources.values where stream.mid == mid { stream.hasEnded = true }
    }

    // MARK: Time

    /// When ``handleTimeout(now:)`` has something to do; nil for not before something happens.
    package var nextDeadline: Duration? {
        var deadline = reportTimer.deadline
        func consider(_ other: Duration?) {
            guard let other else { return }
            deadline = deadline.map { min($0, other) } ?? other
        }
        consider(arrivals.deadline)
        consider(sourceArrivals.deadline)
        consider(outgoing.nextDeadline)
        for case .stream(let stream) in table.sources.values where !stream.hasEnded {
            if stream.wantsRetransmissions { consider(stream.missing.nextDeadline) }
            consider(stream.keyFrames.nextDeadline)
            consider(stream.buffer?.nextDeadline)
        }
        for stream in sentStreams.values {
            consider(stream.keyFrameWish.nextDeadline)
            consider(stream.sent.end)
        }
        return deadline
    }

    /// Does what is due.
    package func handleTimeout(now: Duration) {
        for case .stream(let stream) in table.sources.values where stream.hasBuffer { deliver(stream, now: now) }
        sendFeedback(now: now)
        outgoing.handleTimeout(now: now)
        sendDue(now: now)
        for stream in sentStreams.values {
            stream.sent.trim(now: now)
            if stream.keyFrameWish.isDue(now: now) { delegate?.rtpSession(needsKeyFrameOf: stream) }
        }
        if reportTimer.isDue(now: now) { sendReports(now: now) }
    }
}
