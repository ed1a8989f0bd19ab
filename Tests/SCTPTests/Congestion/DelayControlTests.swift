import Testing

@testable import SCTP

extension SCTPTests {
    @Suite("Congestion control by delay")
    struct DelayControlTests {
        /// Alone on a link of 120 Mbit/s and 20 ms.
        private func alone(queue: Double = 100, loss: Double = 0) -> (link: SharedLink, sender: DelaySender) {
            let link = SharedLink(rate: 120, queue: queue, loss: loss)
            let sender = DelaySender(roundTrip: 20)
            link.add(sender)
            return (link, sender)
        }

        /// A control that has filled this link, and is told of rounds by hand from then on.
        private struct Told {
            var control: DelayControl
            var now: UInt64

            /// A round of so many ms, in which the window was used or hardly anything was sent.
            mutating func round(_ milliseconds: UInt64, lost: Int = 0, of sent: Int = 1000, isUsed: Bool = true) {
                let roundTrip = milliseconds * 1_000_000
                now += roundTrip
                let round = PathMeter.Round(
                    roundTrip: roundTrip, lastRoundTrip: roundTrip, sent: sent, resent: lost,
                    bytes: isUsed ? Int(control.window) * Packets.size : 1)
                control.finished(round, packetSize: Packets.size, at: now)
            }
        }

        private func told() -> Told {
            let (link, sender) = alone()
            link.run(seconds: 2)
            return Told(control: sender.control, now: link.now)
        }

        @Test("a link is filled within a second, and a short queue stands in it then")
        func fills() {
            let (link, _) = alone()
            link.run(seconds: 1)
            #expect(link.run(seconds: 5)[0] > 0.97 * 120)
            #expect(link.waiting > 2_000_000 && link.waiting < 12_000_000, "\(link.waiting)")
            #expect(link.overflowed == 0)
        }

        @Test("on a link whose queue is too short to be seen, losses hold the window")
        func shortQueue() {
            let (link, _) = alone(queue: 2)
            link.run(seconds: 2)
            let (offered, overflowed) = (link.offered, link.overflowed)
            #expect(link.run(seconds: 10)[0] > 0.75 * 120)
            #expect(Double(link.overflowed - overflowed) < 0.02 * Double(link.offered - offered))
        }

        @Test("the path's own round trip is found again although we keep a queue on it")
        func base() {
            let (link, sender) = alone()
            link.run(seconds: 40)
            #expect(sender.control.base < 20_500_000)
        }

        @Test("a path that becomes longer is believed after some seconds, and filled")
        func longerPath() {
            let (link, sender) = alone()
            link.run(seconds: 2)
            sender.roundTrip = 60_000_000
            link.run(seconds: 15)
            #expect(link.run(seconds: 3)[0] > 0.9 * 120)
            link.run(seconds: 60)
            #expect(sender.control.base > 59_000_000)
        }

        @Test("a path that becomes a little longer, which looks like a queue of ours, is measured anew")
        func slightlyLongerPath() {
            let (link, sender) = alone()
            link.run(seconds: 2)
            sender.roundTrip = 25_000_000
            link.run(seconds: 20)
            #expect(sender.control.base > 24_500_000)
        }

        @Test("what losses that were mistaken for a full queue have cost is given back")
        func mistaken() {
            var told = told()
            let before = told.control.window
            told.round(28, lost: 10, isUsed: false)
            #expect(told.control.window < before * 0.75)
            for lost in [8, 3] { told.round(20, lost: lost, of: 700, isUsed: false) }
            #expect(told.control.window < before * 0.75)
            told.round(20, lost: 7, of: 700, isUsed: false)
            #expect(told.control.window == before)
        }

        @Test("a loss before a timeout is no reason for a cut after it, when the queue is gone")
        func lossBeforeTimeout() {
            var told = told()
            told.round(28, lost: 1)
            told.control.timedOut()
            told.round(20)
            #expect(told.control.isStarting && told.control.window == 8)
        }

        @Test("after others have gone, one long round is not taken for their return")
        func afterOthers() {
            var told = told()
            for _ in 0..<20 where !told.control.isCompeting { told.round(60) }
            #expect(told.control.isCompeting)
            // While it looks below the queue there is none.
            for _ in 0..<500 where told.control.isCompeting {
                told.round(Double(told.control.current) < 0.8 * told.control.window ? 20 : 60)
            }
            #expect(!told.control.isCompeting)
            told.round(60)
            #expect(!told.control.isCompeting)
        }

        @Test("after a timeout it begins anew, and grows by doubling only to half of what was")
        func timeout() {
            let (link, sender) = alone()
            link.run(seconds: 2)
            var control = sender.control
            let before = control.window
            control.timedOut()
            #expect(control.current == 4 && control.isStarting)
            control.timedOut()
            var round = PathMeter.Round(roundTrip: 20_000_000, lastRoundTrip: 20_000_000, sent: 0, resent: 0, bytes: 0)
            while control.isStarting {
                round.bytes = Int(control.window) * Packets.size
                control.finished(round, packetSize: Packets.size, at: link.now)
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

        @Test("while packets are lost all the time the window stays within what a usrsctp keeps")
        func lossyRounds() {
            var control = DelayControl(initialWindow: 5000, unit: Packets.size)
            let round = PathMeter.Round(
                roundTrip: 20_000_000, lastRoundTrip: 20_000_000, sent: 5000, resent: 1, bytes: 1)
            control.finished(round, packetSize: Packets.size, at: 1)
            #expect(control.window == 5000)
            for turn in UInt64(1)...3 {
                control.finished(round, packetSize: Packets.size, at: turn * 3_000_000_000)
            }
            #expect(control.window == 3200)
        }
    }
}
