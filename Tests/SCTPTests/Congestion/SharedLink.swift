import TestSupport

@testable import SCTP

/// A link that several senders share, in simulated time: a rate, a queue that drops what does not
/// fit, and losses by chance.
final class SharedLink {
    /// The packets of the simulation stand for ones of this many bytes on the link.
    static let packetBits = 1500.0 * 8

    /// For one packet, in ns.
    private let sendingTime: UInt64
    /// How long a packet may wait, in ns.
    private let queue: UInt64
    /// How likely a packet is lost by itself.
    private let loss: Double
    private var generator: SeededGenerator
    private var isFreeAt: UInt64 = 0
    private var senders: [LinkSender] = []

    private(set) var now: UInt64 = 1_000_000_000
    /// Packets that came to the link, and those that found its queue full.
    private(set) var offered = 0
    private(set) var overflowed = 0
    /// The packet of this number is lost, and no other one for it.
    var struck: Int?

    /// - Parameters:
    ///   - rate: Mbit/s.
    ///   - queue: ms.
    init(rate: Double, queue: Double, loss: Double = 0, seed: UInt64 = 1) {
        sendingTime = UInt64(Self.packetBits / rate * 1e3)
        self.queue = UInt64(queue * 1e6)
        self.loss = loss
        generator = SeededGenerator(seed: seed)
    }

    /// Adds a sender that begins after some seconds.
    func add(_ sender: LinkSender, after seconds: Double = 0) {
        // Nothing begins in the same moment on a real link.
        sender.begins = now + UInt64(seconds * 1e9) + generator.next() % 3_000_000
        senders.append(sender)
    }

    /// Lets time pass; what each sender has brought to its peer meanwhile, in Mbit/s.
    @discardableResult
    func run(seconds: Double) -> [Double] {
        let end = now + UInt64(seconds * 1e9)
        let before = senders.map(\.delivered)
        while let next = senders.min(by: { $0.due < $1.due }), next.due < end {
            now = max(now, next.due)
            next.act(on: self)
        }
        now = end
        return zip(senders, before).map { Double($0.delivered - $1) * Self.packetBits / 1e6 / seconds }
    }

    /// How long what is sent now has to wait, in ns.
    var waiting: UInt64 { isFreeAt > now ? isFreeAt - now : 0 }

    /// Takes a packet: when it has passed, or nil when it is lost.
    func carry() -> UInt64? {
        offered += 1
        guard waiting <= queue else {
            overflowed += 1
            return nil
        }
        isFreeAt = max(isFreeAt, now) + sendingTime
        let isLost = offered == struck || loss > 0 && Double(generator.next() >> 11) / Double(1 << 53) < loss
        return isLost ? nil : isFreeAt
    }
}

/// One sender on the link, and its receiver. Those that say how much may be under way inherit from
/// it.
///
/// The fate of each packet is known at once, but its sender hears of it when the acknowledgement is
/// back. Nothing overtakes, so a packet is missing as soon as a later one is acknowledged.
class LinkSender {
    /// What the receiver says when it acknowledges.
    struct Answer {
        /// So many packets have arrived since the one before.
        var count: Int
        /// The newest of them.
        var newest: UInt32
        /// What is the first that is missing, if one is.
        var firstMissing: UInt32?
        /// In ns.
        var roundTrip: UInt64
        /// Packets per second that have arrived since it was sent.
        var rate: Double
    }

    private struct Flight {
        var back: UInt64
        var sent: UInt64
        var tsn: UInt32
        var deliveredBefore: Int
        var arrives: Bool
    }

    /// To the peer and back without a queue, in ns.
    var roundTrip: UInt64
    /// When it sends its first packet, in ns, and before when it sends no other one.
    fileprivate(set) var begins = UInt64.max
    var mayLeave: UInt64 = 0

    /// Packets that have arrived.
    private(set) var delivered = 0
    private var flights: [Flight] = []
    private var head = 0
    private var missing: [UInt32] = []
    private var unrepaired: Set<UInt32> = []
    private var next = LinkSender.firstTSN
    private var unacknowledged = 0

    /// Soon before they begin again at 0.
    static let firstTSN: UInt32 = 4_294_966_000

    /// - Parameter roundTrip: without a queue, in ms.
    init(roundTrip: Double) { self.roundTrip = UInt64(roundTrip * 1e6) }

    /// How many packets may be under way.
    var window: Int { 0 }
    /// Whether what is missing is sent again whatever the window.
    var repeatsAtOnce: Bool { false }
    func sent(_ tsn: UInt32, at now: UInt64) {}
    func misses(sentAt: UInt64, at now: UInt64) {}
    func acknowledged(_ answer: Answer, at now: UInt64) {}

    final var inFlight: Int { flights.count - head }

    /// When it acts next.
    fileprivate var due: UInt64 {
        let answer = head < flights.count ? flights[head].back : .max
        return inFlight == 0 || inFlight < window ? min(answer, max(begins, mayLeave)) : answer
    }

    fileprivate func act(on link: SharedLink) {
        if head < flights.count, flights[head].back <= link.now { hear(at: link.now) }
        while repeatsAtOnce, !missing.isEmpty { send(on: link) }
        while inFlight == 0 || inFlight < window, link.now >= mayLeave, link.now >= begins { send(on: link) }
    }

    private func send(on link: SharedLink) {
        let tsn = missing.isEmpty ? next : missing.removeFirst()
        if tsn == next { next &+= 1 }
        let passed = link.carry()
        flights.append(
            Flight(
                back: (passed ?? link.now + link.waiting) + roundTrip, sent: link.now, tsn: tsn,
                deliveredBefore: delivered, arrives: passed != nil))
        sent(tsn, at: link.now)
    }

    private func hear(at now: UInt64) {
        let flight = flights[head]
        head += 1
        if head > 10_000 {
            flights.removeFirst(head)
            head = 0
        }
        guard flight.arrives else {
            missing.append(flight.tsn)
            unrepaired.insert(flight.tsn)
            misses(sentAt: flight.sent, at: now)
            return
        }
        delivered += 1
        unacknowledged += 1
        unrepaired.remove(flight.tsn)
        // Every second packet, and at once while something is missing (RFC 9260 §6.2).
        guard unacknowledged >= 2 || !unrepaired.isEmpty || inFlight == 0 else { return }
        let answer = Answer(
            count: unacknowledged, newest: flight.tsn, firstMissing: unrepaired.min { $1.isAfter($0) },
            roundTrip: now - flight.sent,
            rate: Double(delivered - flight.deliveredBefore) * 1e9 / Double(now - flight.sent))
        unacknowledged = 0
        acknowledged(answer, at: now)
    }
}

/// A sender under ``DelayControl``, which is told and asked as usrsctp's packets and window have
/// it.
final class DelaySender: LinkSender {
    private(set) var control = DelayControl(unit: Packets.size)
    private var meter = PathMeter()
    private var allowed = 10
    private var hasRepeated = false
    private var isHalted = false
    private var highest = LinkSender.firstTSN &- 1
    private var packet = Packets.data(0)

    override var window: Int { allowed }
    override var repeatsAtOnce: Bool { true }

    override func sent(_ tsn: UInt32, at now: UInt64) {
        packet.replaceSubrange(16..<20, with: Packets.bytes(tsn))
        if meter.sent(packet.span, at: now) { hasRepeated = true }
    }

    override func acknowledged(_ answer: Answer, at now: UInt64) {
        if answer.newest.isAfter(highest) { highest = answer.newest }
        allowed = max(allowed, min(allowed + answer.count, control.limit))
        let cumulative = answer.firstMissing.map { $0 &- 1 } ?? highest
        let gap = UInt16(truncatingIfNeeded: highest &- cumulative)
        let sack = Packets.sack(cumulative, window: 1 << 20, gaps: gap > 0 ? [gap...gap] : [])
        var isDue = hasRepeated
        hasRepeated = false
        if let round = meter.received(sack.span, at: now) {
            control.finished(round, packetSize: Packets.size, at: now)
            isDue = true
        }
        let halts = meter.reach > DelayControl.farthestReach
        if isDue || halts != isHalted { allowed = halts ? 1 : control.current }
        isHalted = halts
    }
}
