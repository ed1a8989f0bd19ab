/// Makes of numbers that begin anew after 2^16 such that do not. Pure.
///
/// Each is taken for the one that is nearest to the highest so far, so that what comes late keeps
/// its place (RFC 3550 A.1).
package struct SequenceUnwrapper: Sendable, Hashable {
    private var highest: Int64?

    package init() {}

    /// The number without an end; the first is itself.
    package mutating func unwrap(_ number: UInt16) -> Int64 {
        guard let highest else {
            self.highest = Int64(number)
            return Int64(number)
        }
        let distance = Int16(bitPattern: number &- UInt16(truncatingIfNeeded: highest))
        let unwrapped = highest + Int64(distance)
        self.highest = max(highest, unwrapped)
        return unwrapped
    }
}
