/// Tells by a source's reports at which time of its sender's wall clock something was captured
/// (RFC 3550 §6.4.1): what two sources of one sender have of one time belongs together. Pure.
///
/// The last report counts. One that contradicts those before counts only if the next agrees with
/// it: then the sender's clock was set, or the source has begun anew.
package struct SourceClock: Sendable {
    /// Reports that are further apart contradict each other.
    package static let tolerance = Duration.seconds(1)

    private struct Report: Sendable {
        let ntpTime: NTPTime
        let timestamp: UInt32

        /// By the sender's wall clock, since 1970.
        func wallTime(of other: UInt32, rate: Int64) -> Duration {
            ntpTime.sinceEpoch + .ticks(Int64(Int32(bitPattern: other &- timestamp)), rate: rate)
        }

        /// How far another one is from what this one lets expect.
        func distance(_ other: Report, rate: Int64) -> Duration {
            (other.ntpTime.sinceEpoch - wallTime(of: other.timestamp, rate: rate)).magnitude
        }
    }

    private let rate: Int64
    private var reference: Report?
    private var contradicting: Report?

    /// - Parameter clockRate: of the source's timestamps, in Hz, 1 or more.
    package init(clockRate: Int) { rate = Int64(max(1, clockRate)) }

    /// Takes a report of the source. One with the time 0 says nothing of time (§4).
    package mutating func note(_ report: SenderReport) {
        guard report.ntpTime != 0 else { return }
        let report = Report(ntpTime: NTPTime(rawValue: report.ntpTime), timestamp: report.rtpTimestamp)
        guard let reference else { return self.reference = report }
        if reference.distance(report, rate: rate) <= Self.tolerance {
            contradicting = nil
            // It may have been overtaken by the one that is here.
            if report.ntpTime.sinceEpoch > reference.ntpTime.sinceEpoch { self.reference = report }
        } else if let other = contradicting, other.ntpTime != report.ntpTime,
            other.distance(report, rate: rate) <= Self.tolerance
        {
            (self.reference, contradicting) = (report, nil)
        } else {
            contradicting = report
        }
    }

    /// The sender's wall clock at an RTP timestamp, since 1970; nil before the first report.
    ///
    /// - Parameter timestamp: less than 2^31 from that of the last report.
    package func wallTime(of timestamp: UInt32) -> Duration? { reference?.wallTime(of: timestamp, rate: rate) }
}
