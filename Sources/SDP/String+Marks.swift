extension String {
    /// Whether more than 30 combining marks follow each other, which no writing needs (UAX #15 §13,
    /// the stream-safe text format).
    ///
    /// Comparing or hashing a string puts such marks into an order, for which the time grows with
    /// the square of the run: with 64 KiB of them it is a quarter of a second, each time. So no
    /// text of a stranger's with such a run is kept.
    package var hasLongRunOfMarks: Bool {
        // U+0300 is the first of them; its leading byte is this one.
        guard utf8.contains(where: { $0 >= 0xCC }) else { return false }
        var run = 0
        for scalar in unicodeScalars {
            guard scalar.value >= 0x300, scalar.properties.canonicalCombiningClass != .notReordered else {
                run = 0
                continue
            }
            run += 1
            if run > 30 { return true }
        }
        return false
    }
}
