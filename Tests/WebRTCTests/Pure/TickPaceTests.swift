import Testing

@testable import WebRTC

@Suite("How often SCTP's timers are moved")
struct TickPaceTests {
    @Test("every 10 ms while something happens, once a second in the end, and late by an eighth at most in between")
    func pause() {
        #expect(TickPace.pause(afterSilence: 0) == 10_000_000)
        #expect(TickPace.pause(afterSilence: 159_000_000) == 10_000_000)
        #expect(TickPace.pause(afterSilence: 160_000_000) == 20_000_000)
        #expect(TickPace.pause(afterSilence: 2_000_000_000) == 250_000_000)
        #expect(TickPace.pause(afterSilence: 8_000_000_000) == 1_000_000_000)
        #expect(TickPace.pause(afterSilence: .max) == 1_000_000_000)
    }
}
