import Testing

@testable import SCTP

extension SCTPTests {
    @Suite("Congestion control beside others")
    struct CongestionSharingTests {
        /// Of a link of 100 Mbit/s and 40 ms: the queue in products of both.
        private func link(queue: Double, seed: UInt64 = 1) -> SharedLink {
            SharedLink(rate: 100, queue: queue * 40, seed: seed)
        }

        @Test(
            "beside a CUBIC neither has more than three times what the other one has",
            arguments: [0.2, 1, 4], [UInt64(1), 2])
        func cubic(queue: Double, seed: UInt64) {
            let link = link(queue: queue, seed: seed)
            link.add(DelaySender(roundTrip: 40))
            link.add(CubicSender(roundTrip: 40))
            link.run(seconds: 2)
            let rates = link.run(seconds: 20)
            #expect(rates[0] <= 3 * rates[1] && rates[1] <= 3 * rates[0], "\(rates)")
            #expect(rates[0] + rates[1] > 85, "\(rates)")
        }

        @Test("a CUBIC that comes later gets its share", arguments: [0.2, 1, 4])
        func laterCubic(queue: Double) {
            let link = link(queue: queue)
            link.add(DelaySender(roundTrip: 40))
            link.add(CubicSender(roundTrip: 40), after: 5)
            link.run(seconds: 15)
            let rates = link.run(seconds: 15)
            #expect(rates[0] <= 3 * rates[1] && rates[1] <= 3 * rates[0], "\(rates)")
        }

        @Test("beside a CUBIC that was there first there is a share for us", arguments: [0.2, 1, 4])
        func laterUs(queue: Double) {
            let link = link(queue: queue)
            link.add(CubicSender(roundTrip: 40))
            link.add(DelaySender(roundTrip: 40), after: 5)
            link.run(seconds: 15)
            let rates = link.run(seconds: 15)
            #expect(rates[1] <= 3 * rates[0] && rates[0] <= 3 * rates[1], "\(rates)")
        }

        @Test("two of ours share alike, and need no long queue for it", arguments: [0.2, 1, 4])
        func two(queue: Double) {
            let link = link(queue: queue)
            link.add(DelaySender(roundTrip: 40))
            link.add(DelaySender(roundTrip: 40), after: 2)
            link.run(seconds: 8)
            let rates = link.run(seconds: 10)
            #expect(rates[0] <= 2 * rates[1] && rates[1] <= 2 * rates[0], "\(rates)")
            #expect(link.waiting < 40_000_000)
        }

        @Test(
            "beside a sender that goes by its model, where the queue is long, neither has more than three times as much"
        )
        func rate() {
            let link = link(queue: 4)
            link.add(DelaySender(roundTrip: 40))
            link.add(RateSender(roundTrip: 40))
            link.run(seconds: 2)
            let rates = link.run(seconds: 15)
            #expect(rates[0] <= 3 * rates[1] && rates[1] <= 3 * rates[0], "\(rates)")
        }

        @Test("when the others have gone the queue becomes short again, and the link is full")
        func alone() {
            let link = link(queue: 4)
            let (ours, other) = (DelaySender(roundTrip: 40), CubicSender(roundTrip: 40))
            link.add(ours)
            link.add(other, after: 1)
            link.run(seconds: 20)
            #expect(ours.control.isCompeting)
            #expect(link.waiting > 50_000_000)
            other.hasLeft = true
            link.run(seconds: 12)
            #expect(!ours.control.isCompeting)
            #expect(link.run(seconds: 3)[0] > 97)
            #expect(link.waiting < 20_000_000)
        }

        @Test("one stray loss costs no more than some round trips", arguments: [0.5, 1, 4])
        func stray(queue: Double) {
            let link = SharedLink(rate: 200, queue: queue * 100)
            link.add(DelaySender(roundTrip: 100))
            link.run(seconds: 25)
            let before = link.run(seconds: 1)[0]
            link.struck = link.offered + 100
            link.run(seconds: 0.5)
            #expect(link.run(seconds: 1)[0] > 0.95 * before)
            #expect(before > 150)
        }

        @Test("losses by chance, of which we make no more by sending, cost little", arguments: [0.001, 0.01])
        func chance(_ loss: Double) {
            let link = SharedLink(rate: 200, queue: 100, loss: loss)
            link.add(DelaySender(roundTrip: 20))
            link.run(seconds: 2)
            #expect(link.run(seconds: 10)[0] > 0.9 * 200)
        }

        @Test("and over a long way, too")
        func chanceOverLongWay() {
            let link = SharedLink(rate: 300, queue: 100, loss: 0.01)
            link.add(DelaySender(roundTrip: 100))
            link.run(seconds: 2)
            #expect(link.run(seconds: 8)[0] > 0.4 * 300)
        }
    }
}
