/// How long SCTP's timers may wait for their next tick. Pure; in nanoseconds.
///
/// A timer is started when something happens, and for as long as nothing does, none that runs can
/// be younger than that. So with a pause of an eighth of the silence a timer is late by an eighth
/// of its time at most, and an idle process ticks once a second.
enum TickPace {
    /// usrsctp's own granularity.
    static let interval: UInt64 = 10_000_000
    private static let longest: UInt64 = 1_000_000_000

    static func pause(afterSilence silence: UInt64) -> UInt64 {
        // Below twice the interval, going on costs less than resuming.
        let pause = min(silence / 8, longest)
        return pause < 2 * interval ? interval : pause
    }
}
