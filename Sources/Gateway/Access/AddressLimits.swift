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

    private struct Table {
        var entries: [String: Entry] = [:]
        var lastLook = Duration.seconds(-1)
    }

    private let burst: Int
    private let perSecond: Double
    private let table = Mutex(Table())

    init(burst: Int, perSecond: Double) {
        self.burst = burst
        self.perSecond = perSecond
    }

    /// Whether there may be one more for this key now.
    ///
    /// - Parameter now: any clock that only goes forward.
    func take(_ key: String, now: Duration) -> Bool {
        table.withLock { table in
            var key = key
            if table.entries[key] == nil, table.entries.count >= Self.most {
                if now - table.lastLook >= .seconds(1) {
                    table.lastLook = now
                    // Whose limit is full again needs no memory.
                    let full = Duration.seconds(Double(burst) / max(perSecond, 0.001))
                    table.entries = table.entries.filter { now - $0.value.last < full }
                }
                if table.entries.count >= Self.most { key = "" }
            }
            var entry =
                table.entries[key] ?? Entry(limit: RateLimit(burst: burst, perSecond: perSecond), last: now)
            entry.last = now
            let isAllowed = entry.limit.take(now: now)
            table.entries[key] = entry
            return isAllowed
        }
    }
}
