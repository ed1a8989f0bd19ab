/// Whether a publisher that has been sending is silent, by how many packets have come: one that
/// sent at least ten a second for some seconds, and none for one. Sources that send now and then,
/// such as a screen where nothing moves, are never silent.
struct PublisherPulse {
    /// The time between two looks, in ms.
    static let interval = 250
    /// How long nothing has to come.
    private static let silence = 1000 / interval
    /// How long it is looked back, before the silence.
    private static let memory = 4000 / interval
    /// The least packets a second.
    private static let rate = 10

    /// The newest last.
    private var counts: [UInt64] = []
    private(set) var isSilent = false

    /// Takes a look; true when ``isSilent`` has changed.
    mutating func look(_ count: UInt64) -> Bool {
        defer {
            counts.append(count)
            if counts.count > Self.memory + Self.silence { counts.removeFirst() }
        }
        guard let last = counts.last, counts.count >= Self.silence else { return false }
        let was = isSilent
        if count != last {
            isSilent = false
        } else if !isSilent, counts[counts.count - Self.silence] == count {
            let before = counts.dropLast(Self.silence - 1)
            let packets = Int(clamping: (before.last ?? 0) - min(before.first ?? 0, before.last ?? 0))
            isSilent = before.count > 1 && packets * 1000 >= Self.rate * (before.count - 1) * Self.interval
        }
        return was != isSilent
    }

    /// Follows a count until the task is cancelled.
    ///
    /// - Parameters:
    ///   - count: how many packets have come.
    ///   - changed: told when there is silence, and when there is none any more.
    static func follow(
        _ count: @Sendable () async -> UInt64, changed: @Sendable (_ isSilent: Bool) async -> Void
    ) async {
        var pulse = PublisherPulse()
        while (try? await Task.sleep(for: .milliseconds(interval))) != nil {
            if pulse.look(await count()) { await changed(pulse.isSilent) }
        }
    }
}
