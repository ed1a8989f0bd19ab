/// Makes of a source's sequence numbers (RFC 3550 §5.1) such that never begin anew, even if the
/// source does. Pure.
///
/// A number that is far from all before it counts only if a second one says the same. It is taken
/// for a later one then, so that the result only grows, and stays the same modulo 2^16.
package struct NumberUnwrapper: Sendable {
    /// Numbers that are further apart belong to a source that has begun anew.
    package static let maximumGap: Int64 = 1000
    /// So close to one another the two are that say so.
    static let restartDistance = 16

    private var highest: Int64?
    private var outlier: UInt16?

    /// Nothing has come yet.
    package init() {}

    /// The number without an end; nil for one that is far from all others, which is to be dropped.
    /// The first is 65,536 and itself, so that there is room below it.
    package mutating func unwrap(_ number: UInt16) -> Int64? {
        guard let highest else {
            let first = Int64(number) + 65_536
            self.highest = first
            return first
        }
        let distance = number &- UInt16(truncatingIfNeeded: highest)
        let step = Int64(Int16(bitPattern: distance))
        if abs(step) <= Self.maximumGap {
            outlier = nil
            self.highest = max(highest, highest + step)
            return highest + step
        }
        if let outlier, outlier != number,
            abs(Int(Int16(bitPattern: number &- outlier))) <= Self.restartDistance
        {
            self.outlier = nil
            self.highest = highest + Int64(distance)
            return self.highest
        }
        outlier = number
        return nil
    }
}
