import Testing

@testable import Signaling

@Suite("The pace of lists of peers")
struct ListPaceTests {
    @Test("the first is sent at once, and the next when the bytes of the last are paid for")
    func paid() {
        var pace = ListPace()
        #expect(pace.wait(now: .seconds(7)) == .zero)
        pace.sent(ListPace.bytesPerSecond / 2, now: .seconds(7))
        #expect(pace.wait(now: .seconds(7)) == .milliseconds(500))
        #expect(pace.wait(now: .milliseconds(7499)) == .milliseconds(1))
        #expect(pace.wait(now: .milliseconds(7500)) == .zero)
    }

    @Test("a timer for a wait is not early, though it counts whole nanoseconds")
    func rounding() {
        let waits = [-1_000_000_000, 0, 1, 1_000_000_000, 1_000_000_001].map {
            Duration(secondsComponent: 0, attosecondsComponent: $0)
        }
        #expect(waits.map(\.clampedNanoseconds) == [0, 0, 1, 1, 2])
    }

    @Test("however large a mesh is, its peers hear of changes within two seconds")
    func bounded() {
        var pace = ListPace()
        pace.sent(1 << 40, now: .zero)
        #expect(pace.wait(now: .zero) == ListPace.longestWait)
    }
}
