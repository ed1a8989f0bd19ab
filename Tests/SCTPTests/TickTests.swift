import SCTP
import Testing

extension SCTPTests {
    @Suite("Ticks that say strange things")
    struct TickTests {
        @Test(
            "timers go on after a tick that has taken ages",
            arguments: [Duration.seconds(10_000_000), .seconds(-1), .zero])
        func jump(_ elapsed: Duration) throws {
            let pair = try TestPair.connected()
            pair.pace = 100
            for message: UInt8 in 1...2 {
                // Lost: only the timer can bring it.
                try pair.a.send([message])
                pair.a.outbox = []
                if message == 1 { SCTPRuntime.tick(elapsed: elapsed) }
                pair.tick(30_000)
            }
            #expect(pair.b.messages.count == 2 && pair.a.isConnected)
        }
    }
}
