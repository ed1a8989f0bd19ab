/// How much may be sent over a path, from what feedback tells of the packets that were. Pure; time
/// is a parameter.
///
/// Four things are asked whenever feedback comes in:
/// - Does a queue grow? Then less is sent than arrives, until it is empty (``QueueDelay``).
/// - Is more lost than the path loses by itself? Then as much is sent as arrives (``LossJudge``).
/// - Does the queue stay, however little is sent? Then somebody else fills it, who goes by losses
///   alone; and so does this until it is seen empty (``Contest``).
/// - Has a probe passed (``ProbeResults``), or is all well? Then more is sent.
///
/// Call ``takeProbe()`` after each of ``received(_:now:)`` and ``handleTimeout(now:)``, and once in
/// the beginning. What feedback says may be false: then the estimate is, but stays within its
/// bounds.
package struct BandwidthEstimator: Sendable {
    /// Without feedback for this time, and three round trips, less is sent.
    static let patience: Int64 = 500_000
    /// An application that sends less than this share has nothing more to send.
    static let limitedShare = 0.7

    let settings: Settings
    var estimate: Double
    /// By the receiver's clock, and by the sender's.
    var delivered = RateMeter()
    var offered = RateMeter()
    var queue = QueueDelay()
    var loss = LossJudge()
    var contest = Contest()
    var probing = Probing()
    /// In microseconds, with the wait for feedback; and the shortest ever.
    var roundTrip: Int64 = 100_000
    var shortestRoundTrip: Int64?
    var receiverLimit: Int?
    var wanted: Int?
    /// What arrived when it was last too much, in bit/s.
    var capacity: Double?
    /// Less is sent than fits, until the queue is empty; then this is sent, in bit/s.
    var afterDrain: Double?
    /// What was sent before the losses that are being judged, in bit/s.
    var beforeTrial: Double?
    var lastDecrease: Int64?
    var lastIncrease: Int64
    /// Losses were found to be too many; until then it goes on slowly.
    var cautiousUntil: Int64 = .min
    /// The highest number that feedback told of, and when a packet arrived last.
    var lastNumber: Int64?
    var lastArrival: Int64 = 0
    /// Of the packets that arrived late, the share that queues have marked.
    var markedShare = 0.0
    /// For how long it went on slowly the last time.
    var caution: Int64 = 0
    /// When a packet of a probe was sent last.
    var lastProbed: Int64?
    /// What the last probe got through, in bit/s.
    var lastProbe = 0.0
    /// Whether the queue is that of a probe, in part.
    var isProbed = false
    /// When the first packet was sent after the last feedback.
    var unanswered: Int64?
    /// When to send less unless feedback comes.
    var timeout: Int64?
    /// What was sent before feedback stayed away, in bit/s.
    var beforeTimeout: Double?
    /// Of the packets sent late, the mean, in bytes.
    var packetSize = 1_000.0

    /// - Parameter now: by any clock that does not go back; the same for all calls.
    package init(_ settings: Settings = Settings(), now: Duration) {
        self.settings = settings
        estimate = Double(settings.start)
        lastIncrease = now.microseconds
        probing.begin(at: estimate, now: now.microseconds)
    }

    // MARK: Outputs

    /// What may be sent in all, with headers, padding and what is sent again, in bit/s.
    package var bitrate: Int {
        let own = Int(max(Double(settings.minimum), min(estimate, Double(settings.maximum))))
        guard let receiverLimit else { return own }
        return min(own, max(receiverLimit, settings.minimum))
    }

    /// How fast what is there should leave, in bit/s: somewhat above ``bitrate``, as frames are not
    /// all of one size.
    package var pacingRate: Int { bitrate + bitrate / (afterDrain == nil ? 2 : 4) }

    /// Whether late so little was sent that the path may well take more than is known.
    package var isApplicationLimited: Bool {
        guard let rate = offered.rate(over: 500_000) else { return true }
        return rate < Self.limitedShare * Double(bitrate)
    }

    /// When to call ``handleTimeout(now:)`` unless feedback comes before; nil if none is awaited.
    package var nextDeadline: Duration? { timeout.map { .microseconds($0) } }

    /// How long packets wait in queues of the path, as far as it can be seen.
    package var queueDelay: Duration { .microseconds(queue.queue) }

    /// The share of packets that the path loses however little is sent, 0 to 0.25.
    package var pathLoss: Double { loss.own }

    /// Whether a flow that fills queues is held out against.
    package var isContested: Bool { contest.isOn }
    /// Whether the path carries more than it takes, or may: less is sent to see whether that helps.
    package var isCongested: Bool { afterDrain != nil || loss.isTrying || contest.isOn }

    // MARK: Inputs

    /// Notes a packet that is sent, if feedback will speak of it.
    package mutating func sent(_ packet: SentPacket) {
        let time = packet.sentAt.microseconds
        let size = Self.size(packet.size)
        offered.add(size, at: time)
        if packet.cluster != nil { lastProbed = time }
        packetSize += 0.02 * (Double(size) - packetSize)
        guard unanswered == nil else { return }
        unanswered = time
        timeout = time + max(Self.patience, 3 * roundTrip + 100_000)
    }

    /// Takes what one message of feedback says.
    ///
    /// - Parameters:
    ///   - reports: in the order of the packets' numbers, without those that it says nothing of.
    ///   - now: when it came in.
    package mutating func received(_ reports: Span<PacketReport>, now: Duration) {
        guard !reports.isEmpty else { return }
        let now = now.microseconds
        var counts = Counts()
        for index in reports.indices { take(reports[index], &counts) }
        (unanswered, timeout) = (nil, nil)
        if counts.newest > .min {
            isProbed = lastProbed.map { counts.newest - $0 < 150_000 } ?? false
            let trip = max(0, now - counts.newest)
            note(roundTrip: trip)
            queue.limit(trip - (shortestRoundTrip ?? 0) + 120_000)
        }
        offered.add(0, at: now)
        react(counts, now: now)
    }

    /// The same.
    package mutating func received(_ reports: [PacketReport], now: Duration) {
        received(reports.span, now: now)
    }

    /// Takes a round trip that was measured otherwise: it holds until the first feedback comes.
    package mutating func update(roundTrip: Duration) {
        let time = roundTrip.microseconds
        guard time > 0, shortestRoundTrip == nil else { return }
        self.roundTrip = min(time, 10_000_000)
    }

    /// Takes the most that the receiver wants (draft-alvestrand-rmcat-remb), in bit/s; nil if it
    /// does not say.
    package mutating func update(receiverLimit: Int?) { self.receiverLimit = receiverLimit.map { max(0, $0) } }

    /// Takes how much the application could send at most, in bit/s: beyond that nothing is probed.
    /// Nil if it does not say.
    package mutating func update(wanted: Int?) { self.wanted = wanted.map { max(0, $0) } }

    /// To be called at ``nextDeadline``: feedback stays away, so it may be that nothing arrives.
    package mutating func handleTimeout(now: Duration) {
        let now = now.microseconds
        guard let deadline = timeout, deadline <= now else { return }
        beforeTimeout = max(beforeTimeout ?? 0, estimate)
        estimate = max(Double(settings.minimum), 0.8 * estimate)
        (afterDrain, beforeTrial) = (nil, nil)
        loss.abandon(now: now)
        probing.cancel()
        // The next packet is waited for anew; without one there is nothing to hear.
        (unanswered, timeout) = (nil, nil)
    }

    /// A probe that is to be sent, if there is one.
    package mutating func takeProbe() -> ProbeCluster? {
        probing.take(above: 1.1 * estimate, below: mostProbed)
    }

    // MARK: Feedback

    struct Counts {
        var lost = 0
        var arrived = 0
        var marked = 0
        /// When the newest of those that arrived was sent.
        var newest: Int64 = .min
        var probe: ProbeResults.Result?
    }

    private mutating func take(_ report: PacketReport, _ counts: inout Counts) {
        let sentAt = report.packet.sentAt.microseconds
        let number = report.packet.number
        let skipped = lastNumber.map { number.subtractingReportingOverflow($0).partialValue &- 1 } ?? 0
        lastNumber = max(lastNumber ?? number, number)
        loss.add(isLost: report.arrival == nil, wasToldLost: report.wasToldLost, sentAt: sentAt)
        guard let arrival = report.arrival?.microseconds else {
            counts.lost += 1
            return
        }
        counts.arrived += 1
        if report.ecn & 3 == 3 { counts.marked += 1 }
        counts.newest = max(counts.newest, sentAt)
        let size = Self.size(report.packet.size)
        // Of what lies between, feedback has got lost: it most likely arrived.
        if skipped > 0, skipped < 10_000 {
            delivered.add(Int(Double(skipped) * packetSize), between: lastArrival, and: arrival)
        }
        lastArrival = arrival
        delivered.add(size, at: arrival)
        queue.add(sentAt: sentAt, arrival: arrival)
        guard let cluster = report.packet.cluster else { return }
        if let result = probing.results.add(cluster, size: size, sentAt: sentAt, arrival: arrival) {
            counts.probe = result
        }
    }

    private mutating func note(roundTrip sample: Int64) {
        let sample = min(sample, 10_000_000)
        roundTrip = shortestRoundTrip == nil ? sample : (7 * roundTrip + sample) / 8
        shortestRoundTrip = min(shortestRoundTrip ?? sample, sample)
    }

    /// No packet is longer; and none is shorter than its headers.
    private static func size(_ size: Int) -> Int { min(max(size, 28), 70_000) }
}
