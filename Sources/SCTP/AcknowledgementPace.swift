/// How often received DATA is acknowledged.
///
/// RFC 9260 §6.2 asks for a SACK every second packet. While packets come in bulk, one in eight is
/// enough and saves a fifth of the CPU of both ends; when they are few, the peer's window is small
/// and would wait for the delayed SACK. A gap is always reported at once, by usrsctp.
struct AcknowledgementPace {
    static let usual: UInt32 = 2
    static let bulk: UInt32 = 8

    /// A window is at least this long.
    private static let window = Duration.milliseconds(20)

    /// So many packets within a window are bulk; half of it ends it. At 1160 bytes: 60 Mbit/s.
    private static let threshold = 128

    private(set) var frequency = usual
    private var windowStart = Duration.zero
    private var packets = 0

    /// Counts a packet; the new frequency, if it is to change.
    mutating func received(at now: Duration) -> UInt32? {
        packets += 1
        let elapsed = now - windowStart
        guard elapsed >= Self.window else { return nil }
        // A longer window is a slower one.
        let rate = Double(packets) * (Self.window / elapsed)
        windowStart = now
        packets = 0
        let wanted: UInt32
        if frequency == Self.usual {
            wanted = rate >= Double(Self.threshold) ? Self.bulk : Self.usual
        } else {
            wanted = rate >= Double(Self.threshold / 2) ? Self.bulk : Self.usual
        }
        guard wanted != frequency else { return nil }
        frequency = wanted
        return wanted
    }
}
