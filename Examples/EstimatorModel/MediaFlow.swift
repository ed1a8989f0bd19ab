internal import RTP

/// A sender of media with its estimator and pacer, and the receiver that sends feedback. Times are
/// in microseconds, rates in bit/s.
package struct MediaFlow: Sendable {
    /// What it sends, and how it hears of it.
    package struct Settings: Sendable {
        package var source: ModelSource.Kind
        package var start: Int64 = 0
        package var active: [Range<Int64>]?
        package var startRate = 300_000
        package var wanted: Int?
        /// How often there is feedback, how long it takes, and how much of it is lost.
        package var feedbackInterval: Int64 = 50_000
        package var feedbackDelay: Int64 = 25_000
        package var feedbackLoss = 0.0
        /// A way back that is congested: it takes so much longer at times, at random.
        package var feedbackJitter: Int64 = 0
        /// When no feedback comes through at all.
        package var feedbackGap: Range<Int64>?
        /// The receiver's clock is so much faster, in parts per million, and leaps at a time.
        package var skew = 0.0
        package var leap: (at: Int64, by: Int64)?

        package init(_ source: ModelSource.Kind) { self.source = source }
    }

    private struct Seen: Sendable {
        var number: Int64
        var arrival: Int64?
        var isMarked = false
    }

    /// What it was made with.
    package let settings: Settings
    private var source: ModelSource
    private var random: SeededRandom
    private var history = SentHistory()
    private var estimator: BandwidthEstimator
    private var pacer = Pacer<Int>()
    private var repairs = RepairShare()
    /// Sizes of packets that are asked for again.
    private var missing: [Int] = []
    private var seen: [Seen] = []
    private var nextSeen: Int64 = 1
    private var nextFeedback: Int64
    private var lastDelivery: Int64 = 0
    /// Whether there may be something to do before the next frame and the next feedback.
    private var isStirred = true
    private var underWay: [(time: Int64, seen: [Seen])] = []
    private let index: Int

    /// Packets and bytes so far.
    package private(set) var sentCount = 0
    package private(set) var sentBytes = 0
    package private(set) var paddingBytes = 0
    package private(set) var receivedBytes = 0
    /// What waits in the pacer.
    package var pacerBytes: Int { pacer.byteCount }
    /// What may be sent, in bit/s.
    package var estimate: Int { estimator.bitrate }
    /// See `BandwidthEstimator.isContested`, and so on.
    package var isContested: Bool { estimator.isContested }
    package var queueDelay: Duration { estimator.queueDelay }
    package var pathLoss: Double { estimator.pathLoss }

    /// - Parameter index: of its packets on the link.
    package init(_ settings: Settings, index: Int, seed: UInt64) {
        self.settings = settings
        self.index = index
        source = ModelSource(settings.source, start: settings.start, active: settings.active, seed: seed)
        random = SeededRandom(seed: seed &+ 77)
        estimator = BandwidthEstimator(
            BandwidthEstimator.Settings(start: settings.startRate), now: .microseconds(settings.start))
        estimator.update(wanted: settings.wanted)
        nextFeedback = settings.start + settings.feedbackInterval
    }

    /// What it sends at a time.
    package mutating func send(at time: Int64, into link: inout ModelLink) {
        guard time >= settings.start else { return }
        guard isStirred || source.nextTime <= time || underWay.first.map({ $0.time <= time }) ?? false else { return }
        let now = Duration.microseconds(time)
        takeFeedback(at: time)
        if let deadline = estimator.nextDeadline, deadline <= now { estimator.handleTimeout(now: now) }
        pacer.update(rate: estimator.pacingRate)
        let isActive = settings.active.map { $0.contains { $0.contains(time) } } ?? true
        if isActive { while let probe = estimator.takeProbe() { pacer.begin(probe) } }
        let priority: Pacer<Int>.Priority
        if case .audio = settings.source { priority = .audio } else { priority = .video }
        sendAgain(at: time, into: &link)
        let rest = repairs.rest(of: estimator.bitrate, now: now)
        for size in source.packets(at: time, estimate: Double(rest)) {
            if pacer.mayBypass(size: size, priority: priority, now: now) {
                transmit(size, nil, time, &link)
            } else {
                pacer.enqueue(0, size: size, priority: priority, now: now)
            }
        }
        while true {
            if let packet = pacer.next(now: now) {
                transmit(packet.size, packet.cluster, time, &link)
                continue
            }
            let padding = isActive ? pacer.paddingDue(now: now) : 0
            guard padding > 0 else { break }
            paddingBytes += padding
            transmit(padding, pacer.cluster, time, &link)
            pacer.sent(padding: padding, now: now)
        }
        isStirred = pacer.nextDeadline != nil || estimator.nextDeadline.map { $0 <= now + .milliseconds(40) } ?? false
    }

    /// Pictures are; sound goes on.
    private var isRepaired: Bool { if case .audio = settings.source { false } else { true } }

    /// Sends again what was lost, as far as there is room for it.
    private mutating func sendAgain(at time: Int64, into link: inout ModelLink) {
        let now = Duration.microseconds(time)
        let (rate, isCongested) = (estimator.bitrate, estimator.isCongested)
        for size in missing where repairs.take(size, estimate: rate, isCongested: isCongested, now: now) {
            if pacer.mayBypass(size: size, priority: .retransmission, now: now) {
                transmit(size, nil, time, &link)
            } else {
                pacer.enqueue(0, size: size, priority: .retransmission, now: now)
            }
        }
        missing.removeAll(keepingCapacity: true)
    }

    /// A packet of it arrives.
    package mutating func receive(_ packet: ModelLink.Packet, at time: Int64) {
        receivedBytes += packet.size
        while nextSeen < packet.number {
            seen.append(Seen(number: nextSeen))
            nextSeen += 1
        }
        nextSeen = packet.number + 1
        seen.append(Seen(number: packet.number, arrival: receiverTime(time), isMarked: packet.isMarked))
    }

    private func receiverTime(_ time: Int64) -> Int64 {
        var result = 5_000_000 + time + Int64(Double(time) * settings.skew / 1_000_000)
        if let leap = settings.leap, time >= leap.at { result += leap.by }
        return result
    }

    /// The receiver sends feedback if it is time.
    package mutating func sendFeedback(at time: Int64) {
        guard time >= nextFeedback else { return }
        nextFeedback = time + settings.feedbackInterval
        guard !seen.isEmpty else { return }
        let isGone = settings.feedbackGap?.contains(time) ?? false
        if !isGone, random.unit() >= settings.feedbackLoss {
            let delay = settings.feedbackDelay + Int64(random.unit() * Double(settings.feedbackJitter))
            lastDelivery = max(lastDelivery, time + delay)
            underWay.append((lastDelivery, seen))
        }
        seen.removeAll(keepingCapacity: true)
    }

    private mutating func takeFeedback(at time: Int64) {
        var index = 0
        while index < underWay.count {
            guard underWay[index].time <= time else {
                index += 1
                continue
            }
            var reports: [PacketReport] = []
            for seen in underWay.remove(at: index).seen {
                let arrival = seen.arrival.map { Duration.microseconds($0) }
                let number = UInt16(truncatingIfNeeded: seen.number)
                let report = history.report(number: number, arrival: arrival, ecn: seen.isMarked ? 3 : 1)
                guard let report else { continue }
                reports.append(report)
                if arrival == nil, isRepaired { missing.append(report.packet.size) }
            }
            estimator.received(reports, now: .microseconds(time))
        }
    }

    private mutating func transmit(_ size: Int, _ cluster: Int?, _ time: Int64, _ link: inout ModelLink) {
        _ = history.sent(size: size, cluster: cluster, now: .microseconds(time))
        guard let packet = history.last else { return }
        estimator.sent(packet)
        sentCount += 1
        sentBytes += size
        link.send(.init(flow: index, number: packet.number, size: size, sentAt: time), at: time)
    }
}
