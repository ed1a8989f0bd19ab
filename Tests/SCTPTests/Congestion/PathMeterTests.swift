import Testing

@testable import SCTP

extension SCTPTests {
    @Suite("What packets tell of their path")
    struct PathMeterTests {
        /// What a meter says to each of some packets.
        private final class Watched {
            var meter = PathMeter()

            func sends(_ tsn: UInt32, at now: UInt64) -> Bool {
                meter.sent(Packets.data(tsn).span, at: now)
            }

            func gets(_ tsn: UInt32, window: UInt32 = 9000, gaps: [ClosedRange<UInt16>] = [], at now: UInt64)
                -> PathMeter.Round?
            {
                meter.received(Packets.sack(tsn, window: window, gaps: gaps).span, at: now)
            }
        }

        @Test(
            "a round ends when what was newest at its begin is acknowledged, and tells its round trip",
            arguments: [1, UInt32.max - 1])
        func round(_ first: UInt32) {
            let path = Watched()
            for index in 0..<UInt32(3) {
                #expect(!path.sends(first &+ index, at: 1000 + UInt64(index)))
            }
            let whole = PathMeter.Round(
                roundTrip: 4000, lastRoundTrip: 4000, sent: 3, resent: 0, bytes: 3 * Packets.size)
            #expect(path.gets(first, at: 5000) == whole)
            #expect(path.gets(first &+ 1, at: 5500) == nil)
            let second = PathMeter.Round(roundTrip: 4499, lastRoundTrip: 4998, sent: 0, resent: 0, bytes: 0)
            #expect(path.gets(first &+ 2, window: 8000, at: 6000) == second)
            #expect(path.meter.peerWindow == 8000)
        }

        @Test("what is behind a gap counts as acknowledged, and the reach of the gap is known")
        func gap() {
            let path = Watched()
            for tsn in UInt32(1)...10 { #expect(!path.sends(tsn, at: 1000)) }
            #expect(path.gets(1, gaps: [2...3, 5...6], at: 3000)?.roundTrip == 2000)
            #expect(path.meter.reach == 9)
            #expect(path.gets(7, at: 3000) == nil)
            #expect(path.meter.reach == 0)
        }

        @Test("what is sent again is told, counted once, and measures no round trip")
        func repeated() {
            let path = Watched()
            for tsn in UInt32(1)...3 { #expect(!path.sends(tsn, at: 1000)) }
            #expect(path.sends(2, at: 2000))
            #expect(path.sends(2, at: 3000))
            let round = PathMeter.Round(
                roundTrip: 3000, lastRoundTrip: 3000, sent: 5, resent: 1, bytes: 5 * Packets.size)
            #expect(path.gets(3, at: 4000) == round)
        }

        @Test("after a timeout rounds end with what was sent again")
        func timeout() {
            let path = Watched()
            for tsn in UInt32(1)...4 { #expect(!path.sends(tsn, at: 1000)) }
            #expect(path.sends(1, at: 2000))
            path.meter.timedOut()
            #expect(path.meter.isRecovering)
            #expect(path.gets(0, gaps: [4...4], at: 2500) == nil)
            #expect(path.gets(1, at: 3000)?.roundTrip == .max)
            #expect(path.gets(4, at: 3000) != nil)
            #expect(!path.meter.isRecovering)
        }

        @Test("packets that do not hold together tell nothing")
        func malformed() {
            let whole = Packets.sack(7, window: 9000, gaps: [2...3])
            var lying = [whole, whole]
            lying[0][25] = 255
            lying[1][15] = 3
            for packet in lying + whole.indices.map({ Array(whole.prefix($0)) }) {
                let acknowledgement = SCTPPacket.acknowledgement(in: packet.span)
                #expect(acknowledgement == nil)
            }
            let cut = Array(Packets.data(9).prefix(40))
            let tsn = SCTPPacket.newestTSN(in: cut.span)
            #expect(tsn == nil)
        }
    }

    @Suite("SACKs that wait")
    struct HeldAcknowledgementTests {
        private final class Watched {
            var held = HeldAcknowledgement()

            func admits(_ packet: [UInt8]) -> HeldAcknowledgement.Verdict { held.admit(packet.span) }
            func admits(_ tsn: UInt32) -> HeldAcknowledgement.Verdict { admits(Packets.sack(tsn, window: 9000)) }
            func releases() -> [UInt8]? { held.release() }
        }

        @Test("of many in a turn the first four pass, and of the others the last, at the end")
        func collapses() {
            let turn = Watched()
            #expect(turn.releases() == nil)
            for tsn in UInt32(1)...4 { #expect(turn.admits(tsn) == .pass) }
            #expect(turn.admits(5) == .hold(isFirst: true))
            #expect(turn.admits(6) == .hold(isFirst: false))
            #expect(turn.admits(5) == .drop, "it was overtaken")
            #expect(turn.admits(Packets.data(1)) == .pass)
            #expect(turn.releases() == Packets.sack(6, window: 9000))
            #expect(turn.releases() == nil)
            #expect(turn.admits(7) == .pass)
        }

        @Test("one that comes with DATA passes, and makes the one that waits useless")
        func bundled() {
            let turn = Watched()
            for tsn in UInt32(1)...4 { #expect(turn.admits(tsn) == .pass) }
            #expect(turn.admits(5) == .hold(isFirst: true))
            #expect(turn.admits(Packets.sack(6, window: 9000) + Packets.data(1).dropFirst(12)) == .pass)
            #expect(turn.releases() == nil)
        }

        @Test("one that was overtaken, but has DATA with it, passes, and the one that waits goes on waiting")
        func overtakenWithData() {
            let turn = Watched()
            for tsn in UInt32(1)...4 { #expect(turn.admits(tsn) == .pass) }
            #expect(turn.admits(6) == .hold(isFirst: true))
            #expect(turn.admits(Packets.sack(5, window: 9000) + Packets.data(1).dropFirst(12)) == .pass)
            #expect(turn.releases() == Packets.sack(6, window: 9000))
        }
    }
}
