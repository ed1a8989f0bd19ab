import Testing

@testable import Streaming

@Suite("pictures a second")
struct FrameRateTests {
    @Test("are counted by their timestamps, over a second, and end with them")
    func counting() {
        var rate = FrameRate()
        #expect(rate.value(now: .zero) == nil)
        for picture in 0..<30 {
            let now = Duration.milliseconds(picture * 100 / 3)
            for _ in 0..<3 { rate.note(timestamp: UInt32(picture * 3000), now: now) }
            if picture > 0, now < .seconds(1) { #expect(rate.value(now: now) == nil) }
        }
        let known = rate.value(now: .seconds(1))
        #expect(known == 30)
        #expect(rate.value(now: .seconds(2)) == 0)
    }
}
