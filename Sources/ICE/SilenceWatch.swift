/// Tells a silent peer from a quiet one. Pure; time is a parameter, in nanoseconds of a monotonic clock.
///
/// Each end sends a consent check every 4 to 6 s (RFC 7675 §5.1), and is answered, so something arrives at least that
/// often. After ``limit`` without anything the transport is `disconnected`, as the W3C's users expect; libnice itself
/// only knows the loss of consent, 10 s after the last answer, and then never comes back by itself. This end stops
/// sending then, but waits for the peer until ``expiry`` before the transport has `failed`.
struct SilenceWatch {
    enum Verdict: Hashable, Sendable {
        /// Something has arrived since the last look.
        case heard
        /// Nothing has, for a short time.
        case quiet
        /// Nothing has, for longer than the checks allow.
        case silent
        /// Consent has expired (RFC 7675 §5.1).
        case expired
    }

    /// A check every 6 s at the latest, and a second for the answer.
    static let limit: UInt64 = 7_000_000_000
    /// How often to look, in nanoseconds.
    static let interval: UInt64 = 2_000_000_000

    /// How long until the next look: all connections look at the same times, so that a loop wakes once for all of its own.
    static func delay(at now: UInt64) -> UInt64 { interval - now % interval }

    let expiry: UInt64
    private var arrivals: [Int64]
    private(set) var lastHeard: UInt64

    init(expiry: UInt64, now: UInt64) {
        self.expiry = expiry
        arrivals = []
        lastHeard = now
    }

    /// - Parameter arrivals: one number for each socket; it changes with each datagram.
    mutating func look(_ arrivals: [Int64], now: UInt64) -> Verdict {
        if arrivals != self.arrivals {
            self.arrivals = arrivals
            lastHeard = now
            return .heard
        }
        let silence = now &- min(now, lastHeard)
        return silence >= expiry ? .expired : silence >= Self.limit ? .silent : .quiet
    }
}
