internal import CGLib
internal import CNice
internal import NetworkLoop

// When libnice checks: Ta is the pause between two checks, and not one before the first (RFC 8445
// §6.1.4.2, §14.2).
extension NativeAgent {
    /// Makes a call that may give libnice a pair to check. Its timer would fire after a pause; now
    /// it fires in this turn, and after that pause from then on.
    ///
    /// - Parameter addsPair: with nothing to check so far the timer may have been running idle, and
    ///   a pair would wait for its next turn. Two checks that are made at once are still a pause
    ///   apart.
    // SAFETY: on the loop, which owns the context and outlives the agent; both calls only look at
    // its sources.
    func checkingAtOnce<Result>(addsPair: Bool = false, _ call: () -> Result) -> Result {
        let before = unsafe rtc_source_number(loop.context)
        defer {
            let found = unsafe rtc_check_timer(loop.context, before)
            if found != 0 { checkTimer = found }
            if found != 0 || addsPair { checkAtOnce(isPaced: found == 0, addsPair: addsPair) }
        }
        return call()
    }

    private func checkAtOnce(isPaced: Bool, addsPair: Bool) {
        let now = loop.now
        guard checkTimer != 0, !isPaced || now - min(now, lastHurry) >= checkInterval,
            let timer = unsafe g_main_context_find_source_by_id(loop.context, checkTimer)
        else { return }
        if addsPair { lastHurry = now }
        // SAFETY: on the loop, which owns the context: a source that is found there lives until the
        // loop goes on.
        unsafe g_source_set_ready_time(timer, 0)
    }

    /// The peer's first check has come, and libnice has a check to make in return.
    func peerHasChecked() { checkAtOnce(isPaced: true, addsPair: true) }

    /// Whether the timer goes on.
    // SAFETY: on the loop, which owns the context and outlives the agent; what is found is not
    // looked into.
    var isPacing: Bool {
        unsafe checkTimer != 0 && g_main_context_find_source_by_id(loop.context, checkTimer) != nil
    }

    /// libnice's timer goes on for as long as RFC 8863's PAC timer, although a pair that is
    /// nominated ends the search: with the default of 15 s that would be 3,000 wake-ups a
    /// connection. From then on it ends as soon as it may; a new pair starts it again.
    // SAFETY: on the loop, from a callback of the agent, which is freed on a later pass.
    func setPACTimer(in state: State) {
        unsafe rtc_nice_set_uint(agent, "idle-timeout", state == .ready ? 50 : pacTimer)
    }
}
