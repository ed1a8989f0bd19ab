/// What leaves a session: at the pace of the path, and counted for the peer's feedback, which the
/// estimate is made of: by a number that is written into it
/// (draft-holmer-rmcat-transport-wide-cc-extensions-01), or by its source and own number (RFC
/// 8888).
///
/// Until feedback is agreed on, everything passes at once. Pure; time is a parameter.
struct OutgoingPackets {
    typealias Priority = Pacer<Waiting>.Priority

    /// How feedback names the packets of a stream.
    enum Naming: Sendable, Hashable {
        /// By the number in a header extension with this id.
        case number(id: UInt8)
        case source
    }

    /// The same of one packet.
    enum Name {
        /// Where its number stands.
        case number(at: Int)
        case source
    }

    /// A packet that waits for its time.
    struct Waiting {
        var bytes: [UInt8]
        var name: Name
    }

    /// What a packet has around it on the wire, as far as it is the same for all: UDP, IPv4 and the
    /// protection.
    static let overhead = 20 + 8 + 16
    /// How many packets one compound of feedback is believed to speak of; no peer has more under
    /// way.
    static let mostReports = 16_384
    /// What an empty payload of padding has at most (RFC 3550 §5.1).
    static let largestPadding = 255

    /// nil where none is agreed on.
    private(set) var feedback: ArrivalFeedback?
    /// There is one where feedback is agreed on.
    private(set) var estimator: BandwidthEstimator?
    private var history = SentHistory()
    private var pacer = Pacer<Waiting>()
    private var reports: [PacketReport] = []
    private var times = ArrivalTimes()
    private var sourceTimes = SourceReportTimes()
    /// The transport-wide number of the next packet that has one.
    private var nextNumber: UInt16 = 1
    /// How many packets feedback by source has spoken of, and should have.
    private var spokenOf: Int64 = 0
    /// Whether the peer has told of arrivals, and whether it has by source.
    private var hasReports = false
    private var hasSourceReports = false
    /// What the peer says that it can get (REMB), while nothing better is known.
    private(set) var receiverLimit: Int?

    /// What the application could send at most, in bit/s.
    private var wanted: Int?

    private var repairs = RepairShare()
    /// What of the estimate is left for packets that are sent for the first time, in bit/s, as of
    /// the last feedback.
    private var rest = 0

    /// What is left for packets that are sent for the first time, in bit/s; nil while the peer says
    /// nothing that it could be known from.
    var bitrate: Int? { hasReports ? rest : receiverLimit }

    /// When ``RTPSession/handleTimeout(now:)`` has something to do here.
    var nextDeadline: Duration? {
        guard let estimator else { return nil }
        let (first, second) = (estimator.nextDeadline, pacer.nextDeadline)
        guard let first, let second else { return first ?? second }
        return min(first, second)
    }

    /// How the peer tells of arrivals; nil if it does not.
    mutating func setFeedback(_ next: ArrivalFeedback?, now: Duration) {
        guard next != feedback else { return }
        // Numbers go on: the peer counts on from those that it knows. It has not seen those of
        // packets that are told of by source.
        if feedback == .bySource { history = SentHistory(firstNumber: nextNumber) }
        (estimator, pacer, times, sourceTimes) = (nil, Pacer(), ArrivalTimes(), SourceReportTimes())
        (feedback, spokenOf, hasReports, hasSourceReports) = (next, 0, false, false)
        repairs = RepairShare()
        guard next != nil else { return }
        var next = BandwidthEstimator(now: now)
        next.update(receiverLimit: receiverLimit)
        next.update(wanted: wanted)
        pacer.update(rate: next.pacingRate)
        estimator = next
    }

    /// Whether the peer's own estimates were agreed on.
    mutating func setTakesEstimates(_ isAgreed: Bool, now: Duration) {
        guard !isAgreed, receiverLimit != nil else { return }
        receiverLimit = nil
        estimator?.update(receiverLimit: nil)
        follow(now: now)
    }

    // MARK: Out

    /// Whether a packet leaves now, counted; otherwise it waits, as a copy of what it is.
    ///
    /// - Parameter naming: nil where feedback does not speak of it.
    mutating func leaves(_ packet: inout [UInt8], _ priority: Priority, _ naming: Naming?, now: Duration) -> Bool {
        guard estimator != nil, let name = Self.name(of: packet, naming) else { return true }
        let size = packet.count + Self.overhead
        guard pacer.mayBypass(size: size, priority: priority, now: now) else {
            pacer.enqueue(Waiting(bytes: packet, name: name), size: size, priority: priority, now: now)
            return false
        }
        count(&packet, name, size: size, cluster: nil, now: now)
        return true
    }

    /// Whether a packet of this size may be sent again, as far as the path has room for it.
    mutating func mayRepair(_ size: Int, now: Duration) -> Bool {
        guard let estimator else { return true }
        return repairs.take(
            size + Self.overhead, estimate: estimator.bitrate, isCongested: estimator.isCongested, now: now)
    }

    /// A packet leaves again as it was, beside all this: in its own stream.
    mutating func leavesAgain(_ packet: Span<UInt8>) {
        guard feedback == .bySource, packet.count >= 12 else { return }
        history.forget(packet.uint16(at: 2), of: packet.uint32(at: 8))
    }

    /// Puts the next packet whose time has come in the place of another, counted. False if there is
    /// none.
    mutating func next(into packet: inout [UInt8], now: Duration) -> Bool {
        guard let next = pacer.next(now: now) else { return false }
        take(next, into: &packet, now: now)
        return true
    }

    /// The same, whether its time has come or not.
    mutating func takeAny(into packet: inout [UInt8], now: Duration) -> Bool {
        guard let next = pacer.takeAny() else { return false }
        take(next, into: &packet, now: now)
        return true
    }

    private mutating func take(_ departure: Pacer<Waiting>.Departure, into packet: inout [UInt8], now: Duration) {
        // Into the room of the packet before: the queue still holds these bytes.
        packet.removeAll(keepingCapacity: true)
        packet += departure.item.bytes
        count(&packet, departure.item.name, size: departure.size, cluster: departure.cluster, now: now)
    }

    /// How many bytes one packet is to have that is of no use but to find out what the path can
    /// carry, and is to be sent now; 0 if none is.
    mutating func paddingDue(now: Duration) -> Int { estimator == nil ? 0 : pacer.paddingDue(now: now) }

    /// Counts such a packet.
    mutating func count(padding packet: inout [UInt8], _ naming: Naming?, now: Duration) {
        let (size, cluster) = (packet.count + Self.overhead, pacer.cluster)
        pacer.sent(padding: size, now: now)
        guard let name = Self.name(of: packet, naming) else { return }
        count(&packet, name, size: size, cluster: cluster, now: now)
    }

    /// There is nothing to fill probes with.
    mutating func endProbes() { pacer.endProbes() }

    private mutating func count(
        _ packet: inout [UInt8], _ name: Name, size: Int, cluster: Int?, now: Duration
    ) {
        switch name {
        case .number(let place):
            let number = history.sent(size: size, cluster: cluster, now: now)
            packet[place] = UInt8(truncatingIfNeeded: number >> 8)
            packet[place + 1] = UInt8(truncatingIfNeeded: number)
            nextNumber = number &+ 1
        case .source:
            let header = packet.span
            history.sent(
                of: header.uint32(at: 8), header.uint16(at: 2), size: size, cluster: cluster, now: now)
        }
        if let sent = history.last { estimator?.sent(sent) }
    }

    /// How feedback will name a packet. The number stands in the first element; packets without it
    /// are of sections that have not agreed on it.
    private static func name(of packet: [UInt8], _ naming: Naming?) -> Name? {
        switch naming {
        case nil: return nil
        case .source: return packet.count >= 12 ? .source : nil
        case .number(let id):
            guard packet.count >= 20, packet[0] & 0x1F == 0x10 else { return nil }
            if packet[12] == 0xBE { return packet[16] == id << 4 | 1 ? .number(at: 17) : nil }
            return packet[16] == id && packet[17] == 2 ? .number(at: 18) : nil
        }
    }

    // MARK: In

    /// Takes what the peer says of arrivals.
    ///
    /// - Parameter budget: how many packets may still be spoken of.
    mutating func receive(
        _ feedback: TransportWideFeedback, in compound: Span<UInt8>, budget: inout Int, now: Duration
    ) {
        // What was numbered before arrivals were told by source is still told by its number.
        guard estimator != nil, !hasSourceReports,
            var arrivals = TransportWideFeedback.Arrivals(feedback, in: compound)
        else { return }
        reports.removeAll(keepingCapacity: true)
        let shift = times.shift(of: feedback)
        while budget > 0, let arrival = arrivals.next(in: compound) {
            budget -= 1
            let time = arrival.time.map { Duration.microseconds(250 * ($0 + shift)) }
            if let report = history.report(number: arrival.sequenceNumber, arrival: time) { reports.append(report) }
        }
        takeReports(now: now)
    }

    /// Takes what the peer says of arrivals by source (RFC 8888 §3.1), if that was agreed on.
    ///
    /// - Parameter budget: how many packets may still be spoken of.
    mutating func receive(
        _ feedback: CongestionControlFeedback, in compound: Span<UInt8>, budget: inout Int, now: Duration
    ) {
        guard self.feedback == .bySource else { return }
        reports.removeAll(keepingCapacity: true)
        let time = sourceTimes.unwrap(feedback.timestamp)
        var (metrics, expected) = (feedback, (ssrc: UInt32, number: UInt16)?.none)
        while budget > 0, let metric = metrics.next(in: compound) {
            budget -= 1
            // A block begins behind the one before, which may have got lost.
            if expected.map({ $0 != (metric.ssrc, metric.sequenceNumber) }) ?? true {
                let lost = history.takeUnspoken(before: metric.sequenceNumber, of: metric.ssrc, limit: budget)
                budget -= lost
                spokenOf += Int64(lost)
            }
            expected = (metric.ssrc, metric.sequenceNumber &+ 1)
            let arrival = metric.offset.map { SourceReportTimes.arrival(time, offset: $0) }
            // Without a time it has arrived all the same, but that tells nothing of the path.
            let report = history.report(
                of: metric.ssrc, metric.sequenceNumber, arrival: metric.isReceived ? arrival ?? .zero : nil,
                ecn: metric.ecn)
            if let report, !metric.isReceived || arrival != nil { reports.append(report) }
        }
        guard !reports.isEmpty else { return }
        hasSourceReports = true
        // Block for block they come by source. In the order of leaving each has the number behind
        // the last that was spoken of: what others say of packets in between is only later.
        reports.sort { $0.packet.number < $1.packet.number }
        for index in reports.indices {
            reports[index].packet.number = spokenOf
            spokenOf += 1
        }
        takeReports(now: now)
    }

    private mutating func takeReports(now: Duration) {
        guard !reports.isEmpty else { return }
        hasReports = true
        estimator?.received(reports, now: now)
        follow(now: now)
    }

    /// Takes what the peer says that it can get.
    mutating func receive(_ limit: ReceiverEstimatedBitrate, now: Duration) {
        receiverLimit = min(Int(clamping: limit.bitsPerSecond), BandwidthEstimator.Settings.highest)
        estimator?.update(receiverLimit: receiverLimit)
        follow(now: now)
    }

    mutating func update(wanted: Int?) {
        guard wanted != self.wanted else { return }
        self.wanted = wanted
        estimator?.update(wanted: wanted)
    }

    mutating func update(roundTrip: Duration) { estimator?.update(roundTrip: roundTrip) }

    mutating func handleTimeout(now: Duration) {
        estimator?.handleTimeout(now: now)
        follow(now: now)
    }

    /// The pacer and the application follow the estimate.
    private mutating func follow(now: Duration) {
        guard let estimator else { return }
        pacer.update(rate: estimator.pacingRate)
        rest = repairs.rest(of: estimator.bitrate, now: now)
    }

    /// Begins what the estimate wants to try. Only where there is something to fill it with, or it
    /// would tell nothing.
    mutating func beginProbes() {
        while let probe = estimator?.takeProbe() { pacer.begin(probe) }
    }
}

/// The receiver's clock in feedback, which begins again after 2^24 times 64 ms
/// (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1).
private struct ArrivalTimes {
    private static let period: Int64 = 1 << 32
    private var last: Int64?
    private var turns: Int64 = 0

    /// What is to be added to the times of a feedback, in units of 250 µs.
    mutating func shift(of feedback: TransportWideFeedback) -> Int64 {
        let time = Int64(feedback.referenceTime) * 256
        defer { last = time }
        if let last {
            if time - last > Self.period / 2 { turns -= 1 }
            if last - time > Self.period / 2 { turns += 1 }
            // No connection lives for so many times 12 days.
            if abs(turns) > 1000 { turns = 0 }
        }
        return turns * Self.period
    }
}
