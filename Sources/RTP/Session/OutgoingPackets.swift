/// What leaves a session: at the pace of the path, and numbered for the peer's feedback, which the
/// estimate is made of (draft-holmer-rmcat-transport-wide-cc-extensions-01).
///
/// Until feedback is agreed on, everything passes at once. Pure; time is a parameter.
struct OutgoingPackets {
    typealias Priority = Pacer<Waiting>.Priority

    /// A packet that waits for its time.
    struct Waiting {
        var bytes: [UInt8]
        /// Where its number stands.
        var place: Int
    }

    /// What a packet has around it on the wire, as far as it is the same for all: UDP, IPv4 and the
    /// protection.
    static let overhead = 20 + 8 + 16
    /// How many packets one compound of feedback is believed to speak of; no peer has more under
    /// way.
    static let mostReports = 16_384
    /// What an empty payload of padding has at most (RFC 3550 §5.1).
    static let largestPadding = 255

    /// nil where no feedback is agreed on.
    private(set) var estimator: BandwidthEstimator?
    private var history = SentHistory()
    private var pacer = Pacer<Waiting>()
    private var reports: [PacketReport] = []
    private var times = ArrivalTimes()
    /// Whether the peer has told of arrivals.
    private var hasReports = false
    /// What the peer says that it can get (REMB), while nothing better is known.
    private(set) var receiverLimit: Int?

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

    /// Whether the peer tells of arrivals.
    mutating func setFeedback(_ isAgreed: Bool, now: Duration) {
        guard isAgreed != (estimator != nil) else { return }
        // Numbers go on: the peer counts on from those that it knows.
        (estimator, pacer, times, hasReports) = (nil, Pacer(), ArrivalTimes(), false)
        repairs = RepairShare()
        guard isAgreed else { return }
        var next = BandwidthEstimator(now: now)
        next.update(receiverLimit: receiverLimit)
        pacer.update(rate: next.pacingRate)
        estimator = next
    }

    /// Whether the peer's own estimates were agreed on.
    mutating func setTakesEstimates(_ isAgreed: Bool) {
        guard !isAgreed, receiverLimit != nil else { return }
        receiverLimit = nil
        estimator?.update(receiverLimit: nil)
    }

    // MARK: Out

    /// Whether a packet leaves now, numbered; otherwise it waits, as a copy of what it is.
    ///
    /// - Parameter numberID: of the header extension that has the number; 0 for none.
    mutating func leaves(_ packet: inout [UInt8], _ priority: Priority, numberID: UInt8, now: Duration) -> Bool {
        guard estimator != nil, let place = Self.numberPlace(in: packet, numberID) else { return true }
        let size = packet.count + Self.overhead
        guard pacer.mayBypass(size: size, priority: priority, now: now) else {
            pacer.enqueue(Waiting(bytes: packet, place: place), size: size, priority: priority, now: now)
            return false
        }
        number(&packet, at: place, size: size, cluster: nil, now: now)
        return true
    }

    /// Whether a packet of this size may be sent again, as far as the path has room for it.
    mutating func mayRepair(_ size: Int, now: Duration) -> Bool {
        guard let estimator else { return true }
        return repairs.take(size + Self.overhead, estimate: estimator.bitrate, now: now)
    }

    /// The next packet whose time has come, numbered.
    mutating func next(now: Duration) -> [UInt8]? {
        guard let next = pacer.next(now: now) else { return nil }
        return numbered(next, now: now)
    }

    /// The next packet that waits, whether its time has come or not.
    mutating func takeAny(now: Duration) -> [UInt8]? {
        guard let next = pacer.takeAny() else { return nil }
        return numbered(next, now: now)
    }

    private mutating func numbered(_ departure: Pacer<Waiting>.Departure, now: Duration) -> [UInt8] {
        var packet = departure.item.bytes
        number(&packet, at: departure.item.place, size: departure.size, cluster: departure.cluster, now: now)
        return packet
    }

    /// How many bytes one packet is to have that is of no use but to find out what the path can
    /// carry, and is to be sent now; 0 if none is.
    mutating func paddingDue(now: Duration) -> Int { estimator == nil ? 0 : pacer.paddingDue(now: now) }

    /// Numbers such a packet.
    mutating func number(padding packet: inout [UInt8], numberID: UInt8, now: Duration) {
        let (size, cluster) = (packet.count + Self.overhead, pacer.cluster)
        pacer.sent(padding: size, now: now)
        guard let place = Self.numberPlace(in: packet, numberID) else { return }
        number(&packet, at: place, size: size, cluster: cluster, now: now)
    }

    /// There is nothing to fill probes with.
    mutating func endProbes() { pacer.endProbes() }

    private mutating func number(
        _ packet: inout [UInt8], at place: Int, size: Int, cluster: Int?, now: Duration
    ) {
        let number = history.sent(size: size, cluster: cluster, now: now)
        packet[place] = UInt8(truncatingIfNeeded: number >> 8)
        packet[place + 1] = UInt8(truncatingIfNeeded: number)
        if let sent = history.last { estimator?.sent(sent) }
    }

    /// Where the number stands: it is the first element. Packets without it are of sections that
    /// have not agreed on it.
    private static func numberPlace(in packet: [UInt8], _ id: UInt8) -> Int? {
        guard id != 0, packet.count >= 20, packet[0] & 0x1F == 0x10 else { return nil }
        if packet[12] == 0xBE { return packet[16] == id << 4 | 1 ? 17 : nil }
        return packet[16] == id && packet[17] == 2 ? 18 : nil
    }

    // MARK: In

    /// Takes what the peer says of arrivals.
    ///
    /// - Parameter budget: how many packets may still be spoken of.
    mutating func receive(
        _ feedback: TransportWideFeedback, in compound: Span<UInt8>, budget: inout Int, now: Duration
    ) {
        guard estimator != nil, var arrivals = TransportWideFeedback.Arrivals(feedback, in: compound) else { return }
        reports.removeAll(keepingCapacity: true)
        let shift = times.shift(of: feedback)
        while budget > 0, let arrival = arrivals.next(in: compound) {
            budget -= 1
            let time = arrival.time.map { Duration.microseconds(250 * ($0 + shift)) }
            if let report = history.report(number: arrival.sequenceNumber, arrival: time) { reports.append(report) }
        }
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
