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

    /// Whether a source is known, or would have room. Changes nothing: it may be a forgery's.
    func admits(_ source: UInt32, now: Duration) -> Bool {
        lastHeard[source] != nil || lastHeard.count < limit || silent(now: now) != nil
    }

    /// Notes a source that is admitted, and says who is forgotten for it.
    mutating func note(_ source: UInt32, now: Duration) -> UInt32? {
        let isNew = lastHeard.updateValue(now, forKey: source) == nil
        guard isNew, lastHeard.count > limit, let former = silent(now: now) else { return nil }
        lastHeard[former] = nil
        return former
    }

    /// Who was silent for longest, if that is long enough.
    private func silent(now: Duration) -> UInt32? {
        guard let oldest = lastHeard.min(by: { $0.value < $1.value }), now - oldest.value >= Self.patience else {
            return nil
        }
        return oldest.key
    }
}
