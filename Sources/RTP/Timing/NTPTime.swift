/// A time of a wall clock as RTCP has it: seconds since 1900 in the upper half, 2^-32 s in the
/// lower (RFC 3550 §4). Seconds begin anew in 2036; times are taken for such of 1968 to 2104.
package struct NTPTime: Sendable, Hashable {
    /// From 1900 to 1970, in seconds.
    private static let epoch: Int64 = 2_208_988_800
    private static let attoseconds: UInt128 = 1_000_000_000_000_000_000

    /// As it stands in a report.
    package var rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    /// - Parameter time: since 1970 in UTC, without leap seconds.
    package init(sinceEpoch time: Duration) {
        var (seconds, fraction) = time.components
        if fraction < 0 { (seconds, fraction) = (seconds - 1, fraction + 1_000_000_000_000_000_000) }
        let upper = UInt64(UInt32(truncatingIfNeeded: seconds &+ Self.epoch))
        rawValue = upper << 32 | UInt64((UInt128(fraction) << 32) / Self.attoseconds)
    }

    /// Since 1970; made into an ``NTPTime`` again it is the same.
    package var sinceEpoch: Duration {
        let upper = Int64(rawValue >> 32)
        let seconds = (upper < 1 << 31 ? upper + (1 << 32) : upper) - Self.epoch
        let lower = UInt128(rawValue & 0xFFFF_FFFF) * Self.attoseconds
        let fraction = (lower + 0xFFFF_FFFF) >> 32
        return Duration(secondsComponent: seconds, attosecondsComponent: Int64(fraction))
    }

    /// The middle 32 bits, in 1/65536 s, as report blocks repeat them.
    package var compact: UInt32 { UInt32(truncatingIfNeeded: rawValue >> 16) }

    /// A time between two moments in 1/65536 s, 0 if it is negative and the most if it is too long.
    package static func compact(_ duration: Duration) -> UInt32 {
        let (seconds, fraction) = duration.components
        guard seconds >= 0, fraction >= 0 else { return 0 }
        guard seconds < 1 << 16 else { return .max }
        return UInt32(seconds) << 16 | UInt32((UInt128(fraction) << 16) / attoseconds)
    }

    /// The way to a receiver and back, without the time that it took to answer (RFC 3550 §6.4.1).
    ///
    /// - Parameters:
    ///   - block: what it says of a source of ours.
    ///   - arrival: the time of ours when it came.
    /// - Returns: not negative, whatever the clocks make of it; nil if the receiver has had no
    ///   report yet.
    package static func roundTrip(_ block: ReportBlock, arrival: NTPTime) -> Duration? {
        roundTrip(
            lastReport: block.lastSenderReport, delay: block.delaySinceLastSenderReport, arrival: arrival)
    }

    /// The same of what answers a receiver's time (RFC 3611 §4.5).
    package static func roundTrip(_ block: ExtendedReport.DelayBlock, arrival: NTPTime) -> Duration? {
        roundTrip(lastReport: block.lastReceiverReport, delay: block.delay, arrival: arrival)
    }

    private static func roundTrip(lastReport: UInt32, delay: UInt32, arrival: NTPTime) -> Duration? {
        guard lastReport != 0 else { return nil }
        // Times begin anew after 18 hours; of those in between, half are negative.
        let elapsed = Int64(Int32(bitPattern: arrival.compact &- lastReport)) - Int64(delay)
        return elapsed > 0 ? .ticks(elapsed, rate: 65_536) : .zero
    }
}

extension Duration {
    /// So many periods of a clock, with an error of less than an attosecond.
    package static func ticks(_ count: Int64, rate: Int64) -> Duration {
        let (seconds, rest) = count.quotientAndRemainder(dividingBy: rate)
        let fraction = Int128(rest) * 1_000_000_000_000_000_000 / Int128(rate)
        return Duration(secondsComponent: seconds, attosecondsComponent: Int64(fraction))
    }

    /// The nearest number of periods of a clock, modulo 2^64.
    package func ticks(rate: Int64) -> Int64 {
        let (seconds, fraction) = components
        let attoseconds: Int128 = 1_000_000_000_000_000_000
        var (count, rest) = (Int128(fraction) * Int128(rate)).quotientAndRemainder(dividingBy: attoseconds)
        if rest * 2 >= attoseconds { count += 1 }
        if rest * 2 < -attoseconds { count -= 1 }
        return Int64(truncatingIfNeeded: Int128(seconds) * Int128(rate) + count)
    }
}
