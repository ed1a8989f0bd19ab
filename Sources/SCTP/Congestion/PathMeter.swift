/// What packets tell of their path: they are looked at on their way out and in, and left as they
/// are.
///
/// A round lasts until the newest chunk that was under way when it began is acknowledged: one round
/// trip.
struct PathMeter {
    /// What one round has shown.
    struct Round: Equatable {
        /// The shortest of its round trips, in ns; `max` when none could be measured.
        var roundTrip: UInt64 = .max
        /// The last of them.
        var lastRoundTrip: UInt64 = .max
        /// Packets with DATA that left in it.
        var sent = 0
        /// Those of them that repeated DATA: as many as were lost, or a few more.
        var resent = 0
        /// The bytes of all that left.
        var bytes = 0
        /// The most TSNs there were from the first that was missing at the peer to the newest.
        var reach = 0
    }

    /// A chunk whose acknowledgement tells the length of a round trip. Repeated ones do not count
    /// (Karn's rule).
    private struct Probe {
        var tsn: UInt32
        var time: UInt64
    }

    /// So many are under way at most; what leaves meanwhile is no probe.
    private static let maxProbes = 64

    private var probes: [Probe] = []
    private var newest: UInt32?
    private var newestResent: UInt32?
    private var lastSent: UInt32?
    private var roundEnd: UInt32?
    /// All up to here is sent again, because a timer ran out; until it has arrived, rounds end with
    /// what is sent again.
    private var recoveryEnd: UInt32?
    private var round = Round()
    /// How many TSNs there are from the first that is missing at the peer to the newest; 0 while
    /// none is missing.
    private(set) var reach = 0
    /// How many bytes the peer would take, as it last said.
    private(set) var peerWindow = UInt32.max
    /// In ns: the probes are spread over it.
    private var spread: UInt64 = 0

    /// Whether all is being sent again, after a timer ran out.
    var isRecovering: Bool { recoveryEnd != nil }

    /// Looks at a packet that leaves.
    ///
    /// - Parameter now: in ns, from any start.
    /// - Returns: whether it repeats DATA.
    mutating func sent(_ packet: Span<UInt8>, at now: UInt64) -> Bool {
        guard let tsn = SCTPPacket.newestTSN(in: packet) else { return false }
        lastSent = tsn
        round.sent += 1
        round.bytes += packet.count
        if let newest, !tsn.isAfter(newest) {
            if isRecovering, roundEnd == nil { roundEnd = tsn }
            // usrsctp may repeat something several times in a row, which were not as many losses.
            if newestResent.map(tsn.isAfter) ?? true {
                newestResent = tsn
                round.resent += 1
            }
            return true
        }
        newest = tsn
        if roundEnd == nil { roundEnd = tsn }
        if probes.count < Self.maxProbes, now &- (probes.last?.time ?? 0) >= spread {
            probes.append(Probe(tsn: tsn, time: now))
        }
        return false
    }

    /// Looks at a packet that has come; the round, if a SACK in it ends one.
    mutating func received(_ packet: Span<UInt8>, at now: UInt64) -> Round? {
        guard let acknowledgement = SCTPPacket.acknowledgement(in: packet) else { return nil }
        let highest = acknowledgement.newest
        peerWindow = acknowledgement.window
        if let newest {
            reach = acknowledgement.hasGap ? Int(Int32(bitPattern: newest &- acknowledgement.cumulative)) : 0
            round.reach = max(round.reach, reach)
        }
        let answered = probes.prefix { !$0.tsn.isAfter(highest) }.count
        if answered > 0 {
            // The newest of them: the answer to earlier ones may have waited for the pace of SACKs.
            round.lastRoundTrip = now &- probes[answered - 1].time
            round.roundTrip = min(round.roundTrip, round.lastRoundTrip)
            probes.removeFirst(answered)
        }
        if let end = recoveryEnd, !end.isAfter(acknowledgement.cumulative) { recoveryEnd = nil }
        guard let end = roundEnd, !end.isAfter(isRecovering ? acknowledgement.cumulative : highest) else { return nil }
        roundEnd = isRecovering ? lastSent : newest == highest ? nil : newest
        defer {
            round = Round()
            newestResent = nil
        }
        if round.roundTrip != .max { spread = round.roundTrip / UInt64(Self.maxProbes / 2) }
        return round
    }

    /// A timer of SCTP ran out: all that is under way will be sent again, beginning with what was
    /// sent last.
    mutating func timedOut() {
        recoveryEnd = newest
        roundEnd = lastSent
        probes = []
        round = Round()
    }
}
