/// Consent on a pair that only libnice can check, relayed or over TCP. Pure; time is a
/// parameter.
///
/// libnice checks every 4 to 6 s and gives consent up 10 s after the last answer, so that a single
/// lost check can end it. RFC 7675 §5.1 allows 30 s: one renewal without an answer, and no second
/// one.
struct ConsentRenewal {
    /// The longest that libnice goes on after a renewal that is not answered: up to 6 s to the next
    /// check, and 10 s.
    static let period = Duration.seconds(17)

    private var last: Duration?

    /// Whether to renew now, at a moment when libnice gives consent up.
    mutating func begin(now: Duration) -> Bool {
        if let last, now - last < Self.period { return false }
        last = now
        return true
    }
}
