/// Congestion control by delay: how much may be under way, counted in units of a usual packet.
///
/// A window larger than the path makes a queue, and a queue makes round trips longer. The window is steered to where a
/// small queue stands, as TCP Vegas does it: then the link is full, whatever it loses for other reasons than being full.
/// Losses count when there are many, as they are where a queue is too short to be seen.
///
/// The path's own round trip is the shortest one of the last seconds; when it has not been seen for long the window is
/// lowered for a moment, so that the queue is gone and it shows.
struct DelayControl {
    private static let smallestWindow = 4.0
    /// While packets are lost, a larger window would only run into ``farthestReach``. In packets.
    private static let largestLossyWindow = 3200.0
    /// usrsctp, which most peers have, drops what is 4096 TSNs after the first that is missing; with some to spare.
    static let farthestReach = 3600

    /// For so long, in ns, the shortest round trip is believed, and a loss remembered.
    private static let memory: UInt64 = 10_000_000_000

    /// In units.
    private(set) var window: Double
    /// What it was a round ago: it grows from there packet by packet, not by bursts.
    private var opened = Double.infinity
    /// While true the window doubles with every round.
    private(set) var isStarting = true

    /// Where losses are to be expected: above it the window grows slowly.
    private var ceiling = Double.infinity
    private var stepAboveCeiling = 1.0
    /// Rounds in a row in which hardly a queue was seen.
    private var emptyRounds = 0

    /// The path's own round trip, in ns, and when it was last seen.
    private(set) var base = UInt64.max
    private var baseSeen: UInt64 = 0
    /// So many rounds are left of looking for it again, with what window, and the shortest of those so far.
    private var searchRounds = 0
    private var searchWindow = 0.0
    private var searched = UInt64.max

    /// Packets that left, and that were lost of them, since losses were last judged.
    private var sent = 0
    private var lost = 0
    private var lastLoss: UInt64?
    /// What is lost in this round left before the window was lowered.
    private var isPardoned = false

    /// How many bytes the window is counted in.
    private let unit: Int

    /// - Parameters:
    ///   - initialWindow: in units.
    ///   - unit: bytes of a usual packet.
    init(initialWindow: Int = 10, unit: Int) {
        self.unit = unit
        window = Double(initialWindow)
    }

    /// The window to be set now.
    var current: Int { Int(searchRounds > 0 ? searchWindow : min(window, opened)) }

    /// What the window may grow to until the next round ends, with what is acknowledged.
    var limit: Int { Int(isStarting ? min(window * 2, ceiling) : searchRounds > 0 ? searchWindow : window) }

    /// - Parameters:
    ///   - packetSize: bytes of a full packet, which may be more than a unit.
    ///   - now: in ns, from any start.
    mutating func finished(_ round: PathMeter.Round, packetSize: Int, at now: UInt64) {
        opened = isStarting ? .infinity : window
        if round.roundTrip != .max { see(round.roundTrip, at: now) }
        if round.resent > 0 { lastLoss = now }
        let largest = Self.largestLossyWindow * Double(packetSize) / Double(unit)
        defer { if let lastLoss, now &- lastLoss < Self.memory { window = min(window, largest) } }
        guard !hasLostMany(in: round) else { return fallBack() }
        // A window that was not used shows nothing; and while it is lowered on purpose, nothing else is done.
        guard Double(round.bytes) >= window * 0.75 * Double(unit), searchRounds == 0 else { return }
        if isStarting {
            start(round)
        } else if round.roundTrip != .max {
            steer(round)
        }
    }

    /// SCTP's timer has run out: nothing has come for long. Begins anew, to half of what was (RFC 9260 §7.2.3).
    mutating func timedOut() {
        guard window > Self.smallestWindow else { return }
        ceiling = max(window / 2, Self.smallestWindow)
        window = Self.smallestWindow
        isStarting = true
        stepAboveCeiling = 1
        (sent, lost) = (0, 0)
    }

    /// Doubles, until a queue shows.
    private mutating func start(_ round: PathMeter.Round) {
        // Round trips grow within a round: the last one tells of what the window is now.
        if queue(at: round.lastRoundTrip) > wantedQueue(at: round.lastRoundTrip) || window * 2 > ceiling {
            isStarting = false
            window = max(window - queue(at: round.lastRoundTrip), Self.smallestWindow)
        } else {
            window *= 2
        }
    }

    /// Goes half of the way to where the queue is as wanted.
    private mutating func steer(_ round: PathMeter.Round) {
        let (queue, wanted) = (queue(at: round.roundTrip), wantedQueue(at: round.roundTrip))
        emptyRounds = queue < wanted / 4 ? emptyRounds + 1 : 0
        // A queue that does not show for long says that the path is much larger: doubling ended too early.
        let step = emptyRounds > 3 ? window / 4 : (wanted - queue) / 2
        if step > 0, window + step > ceiling {
            window = max(window, min(ceiling, window + step)) + min(step, stepAboveCeiling)
            stepAboveCeiling += 1
        } else {
            window = max(window + max(step, -window / 4), Self.smallestWindow)
        }
    }

    /// How many of the window's packets wait in a queue.
    private func queue(at roundTrip: UInt64) -> Double {
        roundTrip > base && roundTrip != .max ? window * (1 - Double(base) / Double(roundTrip)) : 0
    }

    /// How many should. What grows slower than the window makes connections over one link share it alike: who has more is
    /// content with less. The rest bridges the time in which a processor is elsewhere: 2 ms.
    private func wantedQueue(at roundTrip: UInt64) -> Double {
        4 * window.squareRoot() + window * 2_000_000 / Double(max(roundTrip, 2_000_000))
    }

    /// Judges losses once enough was sent: more than 3 in 100, and some for chance, mean a full queue.
    private mutating func hasLostMany(in round: PathMeter.Round) -> Bool {
        guard !isPardoned else {
            isPardoned = false
            return false
        }
        sent += round.sent
        lost += round.resent
        let limit = 3 + 0.03 * Double(sent)
        guard sent >= 100 || Double(lost) > limit else { return false }
        defer { (sent, lost) = (0, 0) }
        return Double(lost) > limit
    }

    private mutating func fallBack() {
        isStarting = false
        isPardoned = true
        ceiling = window * 0.85
        stepAboveCeiling = 1
        window = max(window * 0.7, Self.smallestWindow)
    }

    private mutating func see(_ roundTrip: UInt64, at now: UInt64) {
        if roundTrip <= base {
            (base, baseSeen, searchRounds) = (roundTrip, now, 0)
        } else if searchRounds > 0 {
            searched = min(searched, roundTrip)
            searchRounds -= 1
            if searchRounds == 0 { (base, baseSeen) = (searched, now) }
        } else if now &- baseSeen > Self.memory {
            (searchRounds, searched) = (3, .max)
            searchWindow = max((window - queue(at: roundTrip)) * 0.75, Self.smallestWindow)
        }
    }
}
