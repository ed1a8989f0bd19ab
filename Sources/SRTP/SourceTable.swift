/// The sources that a session has state for, bounded. Pure; time is a parameter.
///
/// A source is only here once a packet of it was authentic. When there is no room the one that was
/// silent for longest is forgotten, if that is ``patience`` or more: forgotten earlier, its packets
/// could be repeated by whoever has kept them.
struct SourceTable {
    /// How long a source is silent before it may be forgotten.
    static let patience = Duration.seconds(30)

    let limit: Int
    private var lastHeard: [UInt32: Duration] = [:]

    init(limit: Int) { self.limit = limit }

    var count: Int { lastHeard.count }

    func contains(_ source: UInt32) -> Bool { lastHeard[source] != nil }

    /// Notes a source, and who has to be forgotten for it. False if it has no room.
    mutating func note(_ source: UInt32, now: Duration, forget: (UInt32) -> Void) -> Bool {
        if lastHeard[source] != nil {
            lastHeard[source] = now
            return true
        }
        guard makeRoom(now: now, forget: forget) else { return false }
        lastHeard[source] = now
        return true
    }

    /// Whether one more has room, after whoever can be forgotten has been.
    mutating func makeRoom(now: Duration, forget: (UInt32) -> Void) -> Bool {
        guard lastHeard.count >= limit else { return true }
        guard let oldest = lastHeard.min(by: { $0.value < $1.value }), now - oldest.value >= Self.patience else {
            return false
        }
        lastHeard[oldest.key] = nil
        forget(oldest.key)
        return true
    }

    mutating func remove(_ source: UInt32) { lastHeard[source] = nil }
}
