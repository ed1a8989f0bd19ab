import Testing

@testable import SCTP

extension SCTPTests {
    @Suite("Congestion control by delay")
    struct DelayControlTests {
        @Test("a link is filled within a second, and a short queue stands in it then")
        func fills() {
            var path = SimulatedPath()
            path.run(seconds: 1)
            let before = path.delivered
            path.run(seconds: 5)
            #expect(Double(path.delivered - before) > 0.97 * 5 * path.rate)
            let queue = path.control.window - path.rate * 0.02
            #expect(queue > 30 && queue < 0.015 * path.rate, "\(queue)")
            #expect(path.overflowed == 0)
        }

        @Test("losses that are not of our making cost no more than themselves", arguments: [0.001, 0.01])
        func randomLoss(_ loss: Double) {
            var path = SimulatedPath()
            path.loss = loss
            path.run(seconds: 1)
            let before = path.delivered
            path.run(seconds: 5)
            #expect(Double(path.delivered - before) > 0.9 * 5 * path.rate)
        }

        @Test("on a link whose queue is too short to be seen, losses hold the window")
        func shortQueue() {
            var path = SimulatedPath()
            path.queue = 30
            path.run(seconds: 2)
            let (delivered, overflowed) = (path.delivered, path.overflowed)
            path.run(seconds: 10)
            #expect(Double(path.delivered - delivered) > 0.75 * 10 * path.rate)
            // Here all that is missed is sent again at once, and much of it is lost again.
            #expect(Double(path.overflowed - overflowed) < 0.12 * Double(path.delivered - delivered))
        }

        @Test("a path that becomes longer is believed after some seconds")
        func longerPath() {
            var path = SimulatedPath()
            path.run(seconds: 2)
            path.delay = 60_000_000
            path.run(seconds: 15)
            let before = path.delivered
            path.run(seconds: 2)
            #expect(Double(path.delivered - before) > 0.9 * 2 * path.rate)
        }

        @Test("the path's own round trip is found again although we keep a queue on it")
        func base() {
            var path = SimulatedPath()
            path.run(seconds: 60)
            #expect(path.control.base < 20_500_000)
        }

        @Test("after a timeout it begins anew, and grows by doubling only to half of what was")
        func timeout() {
            var path = SimulatedPath()
            path.run(seconds: 2)
            var control = path.control
            let before = control.window
            control.timedOut()
            #expect(control.current == 4 && control.isStarting)
            control.timedOut()
            var round = PathMeter.Round(roundTrip: 20_000_000, lastRoundTrip: 20_000_000, sent: 0, resent: 0, bytes: 0)
            while control.isStarting {
                round.bytes = Int(control.window) * Packets.size
                control.finished(round, packetSize: Packets.size, at: path.now)
            }
            #expect(control.window > before / 4 && control.window <= before / 2)
        }

        @Test("a window that is not used does not grow")
        func unused() {
            var control = DelayControl(unit: Packets.size)
            let round = PathMeter.Round(
                roundTrip: 20_000_000, lastRoundTrip: 20_000_000, sent: 2, resent: 0, bytes: 2 * Packets.size)
            for turn in 0..<100 { control.finished(round, packetSize: Packets.size, at: UInt64(turn) * 20_000_000) }
            #expect(control.current == 10)
        }
    }
}
