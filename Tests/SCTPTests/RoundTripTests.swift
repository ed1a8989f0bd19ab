import Synchronization
import Testing

@testable import SCTP

extension SCTPTests {
    @Suite("Round trips, and peers that do not answer")
    struct RoundTripTests {
        private let header = [UInt8](repeating: 1, count: 12)
        private let sack: [UInt8] = [3, 0, 0, 16] + [UInt8](repeating: 0, count: 12)

        private func echo(_ probe: [UInt8]) -> [UInt8] { header + [5] + probe[13...] }

        @Test("the COOKIE ECHO is the first measurement; one that was repeated is none")
        func cookie() {
            let (cookieEcho, cookieAck) = (header + [10, 0, 0, 4], header + sack + [11, 0, 0, 4])
            var meter = RoundTripMeter()
            meter.sent(cookieEcho.span, at: .nanoseconds(1000))
            #expect(meter.isAwaited && meter.roundTrip == nil)
            meter.received(cookieAck.span, at: .nanoseconds(1250))
            #expect(meter.roundTrip == .nanoseconds(250) && !meter.isAwaited)
            var repeated = RoundTripMeter()
            repeated.sent(cookieEcho.span, at: .nanoseconds(1000))
            repeated.sent(cookieEcho.span, at: .nanoseconds(2000))
            repeated.received(cookieAck.span, at: .nanoseconds(2250))
            #expect(repeated.roundTrip == nil)
        }

        @Test("a HEARTBEAT measures, at most one a second; acknowledgements and answers to earlier ones do not")
        func heartbeat() throws {
            let second = Duration.seconds(1)
            var meter = RoundTripMeter()
            let probe = meter.probe(header: header, at: .nanoseconds(5))
            let first = try #require(probe)
            #expect(meter.probe(header: header, at: second) == nil)
            meter.received((header + sack).span, at: .nanoseconds(30_000))
            #expect(meter.roundTrip == nil)
            let again = meter.probe(header: header, at: second + .nanoseconds(5))
            let next = try #require(again)
            meter.received(echo(first).span, at: second + .nanoseconds(10))
            #expect(meter.roundTrip == nil)
            meter.received(echo(next).span, at: second + .nanoseconds(405))
            #expect(meter.roundTrip == .nanoseconds(400))
            meter.received(echo(next).span, at: second + .nanoseconds(900))
            #expect(meter.roundTrip == .nanoseconds(400))
        }

        @Test("round trips are measured with the clock that was handed in")
        func clock() throws {
            let time = HandClock()
            let pair = try TestPair(clock: SCTPClock { time.nanoseconds.load(ordering: .relaxed) })
            try pair.connect()
            #expect(pair.a.association?.statistics.roundTrip == .zero, "no time has passed")
            time.nanoseconds.add(2_000_000_000, ordering: .relaxed)
            pair.a.association?.measureRoundTrip()
            #expect(pair.a.outbox.count == 1)
            time.nanoseconds.add(30_000_000, ordering: .relaxed)
            pair.exchange()
            #expect(pair.a.association?.statistics.roundTrip == .milliseconds(30))
        }

        private final class HandClock: Sendable {
            let nanoseconds = Atomic<UInt64>(1_000_000_000)
        }

        @Test("an association knows its round trip once it is up, and asks for it when told to")
        func association() throws {
            let pair = try TestPair.connected()
            #expect(pair.a.association?.statistics.roundTrip != nil)
            pair.a.association?.measureRoundTrip()
            #expect(pair.a.outbox.count == 1)
            pair.exchange()
            pair.a.association?.measureRoundTrip()
            #expect(pair.a.outbox.isEmpty, "it was measured just now")
            try pair.a.send([1])
            try pair.run(until: { pair.b.messages.count == 1 })
        }

        @Test("what was sent counts as unanswered after a second, until the peer is heard again")
        func unanswered() throws {
            let pair = try TestPair.connected()
            try pair.a.send([1])
            pair.tick(3000)
            #expect(pair.a.association?.isUnanswered == false)
            pair.pace = 40
            pair.loss = 1
            try pair.a.send([2])
            pair.tick(900)
            #expect(pair.a.association?.isUnanswered == false)
            pair.tick(200)
            #expect(pair.a.association?.isUnanswered == true)
            pair.loss = 0
            try pair.run(until: { pair.a.association?.isUnanswered == false })
            #expect(pair.b.messages.count == 2)
        }
    }

    @Suite("Why an association has ended")
    struct EndTests {
        @Test("a chunk that usrsctp does not take is named; the peer has not stopped acknowledging")
        func ownAbort() throws {
            let peer = try CraftedPeer()
            peer.give(CraftedPeer.data(tsn: peer.first, []))
            let error = try #require(peer.pair.a.error)
            #expect(error.code == .aborted && error.cause == 9)
            #expect(error.message.contains("without data"))
        }

        @Test("a rule that the peer has broken is told in usrsctp's words")
        func violation() throws {
            let peer = try CraftedPeer()
            peer.give(CraftedPeer.data(tsn: peer.first))
            peer.give(CraftedPeer.data(tsn: peer.first + 1))
            let error = try #require(peer.pair.a.error)
            #expect(error.code == .aborted && error.cause == 13)
            #expect(error.message.contains("SSN"), "\(error)")
        }

        @Test("a peer that stops answering is said to have stopped acknowledging")
        func silence() throws {
            let pair = try TestPair.connected()
            pair.pace = 200
            pair.loss = 1
            try pair.a.send([1])
            try pair.run(until: { pair.a.isClosed })
            #expect(pair.a.error?.code == .timedOut)
        }
    }
}
