/// When a node started (`priority_time`), as far as others believe it.
///
/// The earlier start wins, so a value that cannot be true must not help: what lies before this
/// software existed, a clock that was never set and a stranger's 0 alike, counts as the latest of
/// all. So does a missing value.
package enum StartTime {
    /// Counts as the latest.
    package static let unknown = UInt64.max
    /// 2020-01-01, in milliseconds since 1970.
    package static let earliest: UInt64 = 1_577_836_800_000

    /// The time, or ``unknown``.
    package static func believed(_ milliseconds: UInt64?) -> UInt64 {
        guard let milliseconds, milliseconds >= earliest else { return unknown }
        return milliseconds
    }

    /// The time that a TXT value spells: ASCII digits only.
    package static func parse(_ text: String?) -> UInt64 {
        guard let text, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return unknown }
        return believed(UInt64(text))
    }
}
