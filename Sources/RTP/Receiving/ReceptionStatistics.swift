/// What a receiver has to say of one source (RFC 3550 §6.4.1, A.3, A.8). Pure; time is a parameter.
package struct ReceptionStatistics: Sendable {
    /// Numbers that are so much apart begin a new count: the source has begun anew (A.1).
    static let maximumJump = 3000

    private let clockRate: Int
    private var unwrapper = SequenceUnwrapper()
    private var first: Int64 = 0
    private var highest: Int64 = -1
    /// Packets that have come as they were sent first.
    package private(set) var received: Int64 = 0
    private var before = (expected: Int64(0), received: Int64(0))
    /// The last number that did not fit; a second one behind it shows that the source has begun
    /// anew.
    private var outlier: UInt16?
    private var lastTransit: UInt32?
    /// Of the time between packets, in units of the clock.
    package private(set) var jitter = 0.0
    private var senderReport: (compactTime: UInt32, arrival: Duration)?

    /// - Parameter clockRate: of the timestamps, in Hz, 1 or more.
    package init(clockRate: Int) { self.clockRate = max(1, clockRate) }

    /// Packets that should have come.
    package var expected: Int64 { highest < 0 ? 0 : highest - first + 1 }

    /// Packets that did not, less those that came twice.
    package var lost: Int64 { expected - received }

    /// Notes a packet that has arrived.
    package mutating func note(sequenceNumber: UInt16, timestamp: UInt32, arrival: Duration) {
        guard fits(sequenceNumber) else { return }
        let number = unwrapper.unwrap(sequenceNumber)
        if highest < 0 { (first, highest) = (number, number) }
        first = min(first, number)
        let isNewest = number >= highest
        highest = max(highest, number)
        received += 1
        // What comes late, or is sent again, says nothing of the path.
        if isNewest { noteTransit(timestamp, arrival) }
    }

    /// Notes a report of the source's, to be named in ours.
    package mutating func note(_ report: SenderReport, arrival: Duration) {
        senderReport = (report.compactNTPTime, arrival)
    }

    /// What to say now; nil before the first packet. What is lost between two reports is counted
    /// from one to the next.
    package mutating func report(of ssrc: UInt32, now: Duration) -> ReportBlock? {
        guard highest >= 0 else { return nil }
        let (expected, received) = (expected - before.expected, received - before.received)
        before = (self.expected, self.received)
        let lost = max(0, expected - received)
        let fraction = expected > 0 ? min(255, lost * 256 / expected) : 0
        let delay = senderReport.map { now - min(now, $0.arrival) } ?? .zero
        return ReportBlock(
            ssrc: ssrc, fractionLost: UInt8(fraction), packetsLost: Int32(clamping: self.lost),
            extendedHighestSequenceNumber: UInt32(truncatingIfNeeded: highest), jitter: UInt32(jitter),
            lastSenderReport: senderReport?.compactTime ?? 0,
            delaySinceLastSenderReport: UInt32(clamping: Int64(delay / .seconds(1) * 65_536)))
    }

    private mutating func fits(_ number: UInt16) -> Bool {
        guard highest >= 0 else { return true }
        let distance = Int(Int16(bitPattern: number &- UInt16(truncatingIfNeeded: highest)))
        if abs(distance) < Self.maximumJump {
            outlier = nil
            return true
        }
        guard let outlier, number == outlier &+ 1 else {
            self.outlier = number
            return false
        }
        // Two in order: it goes on from here, and what was before is counted no more.
        let report = senderReport
        self = ReceptionStatistics(clockRate: clockRate)
        senderReport = report
        return true
    }

    private mutating func noteTransit(_ timestamp: UInt32, _ arrival: Duration) {
        // Of both clocks only the lowest 32 bits count (A.8).
        let transit = UInt32(truncatingIfNeeded: arrival.ticks(rate: Int64(clockRate))) &- timestamp
        defer { lastTransit = transit }
        guard let lastTransit else { return }
        let distance = Int32(bitPattern: transit &- lastTransit).magnitude
        jitter += (Double(distance) - jitter) / 16
    }
}
