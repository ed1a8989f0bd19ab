internal import Signaling
internal import Synchronization

/// So many requests for each address, or each user; of many addresses, in bounded memory. May be
/// used from any thread.
final class AddressLimits: Sendable {
    /// How many keys are told apart; those beyond share one limit.
    private static let most = 8192

    private struct Entry {
        var limit: RateLimit
        var last: Duration
    }

    private let burst: Int
    private let perSecond: Double
    private let entries: Mutex<[String: Entry]>

    init(burst: Int, perSecond: Double) {
        self.burst = burst
        self.perSecond = perSecond
        entries = Mutex([:])
    }

    /// Whether there may be one more for this key now.
    ///
    /// - Parameter now: any clock that only goes forward.
    func take(_ key: String, now: Duration) -> Bool {
        entries.withLock { entries in
            var key = key
            if entries[key] == nil, entries.count >= Self.most {
                // Whose limit is full again needs no memory.
                let full = Duration.seconds(Double(burst) / max(perSecond, 0.001))
                entries = entries.filter { now - $0.value.last < full }
                if entries.count >= Self.most { key = "" }
            }
            var entry = entries[key] ?? Entry(limit: RateLimit(burst: burst, perSecond: perSecond), last: now)
            defer { entries[key] = entry }
            entry.last = now
            return entry.limit.take(now: now)
        }
    }
}
