/// Which records have come already (RFC 6347 §4.1.2.6): the newest, and which of the 64 up to it.
/// Pure.
struct ReplayWindow {
    private var newest: UInt64 = 0
    /// Bit 0 stands for the newest.
    private var seen: UInt64 = 0

    /// Whether a record has come before, or is too old to tell.
    func contains(_ sequence: UInt64) -> Bool {
        guard sequence <= newest else { return false }
        let age = newest - sequence
        return age >= 64 || seen >> age & 1 == 1
    }

    /// Notes a record that was found to be genuine.
    mutating func insert(_ sequence: UInt64) {
        if sequence > newest {
            let step = sequence - newest
            seen = step >= 64 ? 1 : seen << step | 1
            newest = sequence
        } else if newest - sequence < 64 {
            seen |= 1 << (newest - sequence)
        }
    }
}
