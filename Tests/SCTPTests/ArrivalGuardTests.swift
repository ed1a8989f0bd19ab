import TestSupport
import Testing

@testable import SCTP

extension SCTPTests {
    @Suite("What of a peer's packets reaches usrsctp")
    struct ArrivalGuardTests {
        private typealias Craft = CraftedPeer
        private static let header = [UInt8](repeating: 0, count: 12)

        /// A guard whose peer begins at TSN 100.
        private final class Guarded {
            private var arrivals = ArrivalGuard()
            var stuck: Int { arrivals.stuck }
            var waiting: Int { arrivals.waiting }

            init() {
                _ = give([1, 0, 0, 20] + Craft.bytes(1) + Craft.bytes(2) + Craft.bytes(3) + Craft.bytes(100), true)
            }

            @discardableResult
            func give(_ chunks: [UInt8], _ isConnecting: Bool = false, closed: Bool = false) -> ArrivalGuard.Verdict {
                arrivals.admit(
                    (ArrivalGuardTests.header + chunks).span, isConnecting: isConnecting, mayBeRefused: closed)
            }

            /// A DATA chunk, padded.
            @discardableResult
            func data(
                _ tsn: UInt32, stream: UInt16 = 0, _ ssn: UInt16, flags: UInt8 = 3, size: Int = 4, closed: Bool = false
            ) -> ArrivalGuard.Verdict {
                give(
                    Craft.data(tsn: tsn, stream: stream, ssn: ssn, flags: flags, Array(repeating: 1, count: size)),
                    closed: closed)
            }

            func acknowledged(_ tsn: UInt32) { arrivals.acknowledged(tsn) }
            func passed(_ chunk: [UInt8]) { arrivals.passed((ArrivalGuardTests.header + chunk).span) }
        }

        @Test(
            "an INIT with a parameter that is shorter than its header does not come to usrsctp, which would never end")
        func emptyParameter() throws {
            for type in [1, 2] as [UInt8] {
                func chunk(_ size: UInt8) -> [UInt8] {
                    [type, 0, 0, 28] + Craft.bytes(1) + Craft.bytes(2) + Craft.bytes(3) + Craft.bytes(100)
                        + [0xC0, 0, 0, size, 0x80, 8, 0, 4]
                }
                let guarded = Guarded()
                #expect(guarded.give(chunk(4)) == .pass)
                for size in 0..<4 as Range<UInt8> { #expect(guarded.give(chunk(size)) == .drop) }
                // Also where only the padding makes the header whole.
                var cut = chunk(4)
                cut[3] = 27
                #expect(guarded.give(cut) == .pass)
                cut[27] = 0
                #expect(guarded.give(cut) == .drop)
            }
            let crafted = try CraftedPeer()
            crafted.pair.a.outbox = []
            let initiation =
                [1, 0, 0, 24] + Craft.bytes(9) + Craft.bytes(1 << 17) + Craft.bytes(0x0001_0001) + Craft.bytes(9)
                + [0xC0, 0, 0, 0]
            let header = Array(crafted.header[0..<4]) + [0, 0, 0, 0, 0, 0, 0, 0]
            crafted.pair.a.association?.receive(Checksum.fix(header + initiation).span)
            #expect(crafted.pair.a.outbox.isEmpty)
            #expect(crafted.pair.a.isConnected)
        }

        @Test("messages in backward order of SSN end the association once 256 wait, and not before")
        func backward() {
            let guarded = Guarded()
            for index in 0..<UInt32(ArrivalGuard.mostStuck) {
                #expect(guarded.data(100 + index, 30_000 - UInt16(index)) == .pass)
            }
            #expect(guarded.stuck == ArrivalGuard.mostStuck)
            guard case .violation = guarded.data(100 + UInt32(ArrivalGuard.mostStuck), 20_000) else {
                Issue.record("it was admitted")
                return
            }
        }

        @Test("messages behind one that never comes wait, too; when it comes none does")
        func missing() {
            let guarded = Guarded()
            for index in 1...UInt16(200) { guarded.data(99 + UInt32(index), index) }
            #expect(guarded.stuck == 200)
            #expect(guarded.data(300, 0) == .pass)
            #expect(guarded.stuck == 0)
            #expect(guarded.data(301, 201) == .pass && guarded.stuck == 0)
        }

        @Test("fragments without a beginning, messages without an end, ordered or not, are bounded", arguments: [0, 4])
        func fragments(unordered: UInt8) {
            for flags in [0, 1, 2] as [UInt8] {
                let guarded = Guarded()
                var admitted = 0
                while admitted < 2000,
                    guarded.data(100 + UInt32(admitted), UInt16(admitted), flags: flags | unordered) == .pass
                {
                    admitted += 1
                }
                #expect((200...300).contains(admitted), "flags \\(flags): \\(admitted)")
            }
        }

        @Test("a message of a thousand fragments is none of that, in whatever order they come")
        func honestFragments() {
            var generator = SeededGenerator(seed: 3)
            let guarded = Guarded()
            for message in 0..<UInt16(20) {
                let start = 100 + 1000 * UInt32(message)
                for index in (0..<UInt32(1000)).shuffled(using: &generator) {
                    let flags: UInt8 = (index == 0 ? 2 : 0) | (index == 999 ? 1 : 0)
                    #expect(guarded.data(start + index, message, flags: flags, size: 1000) == .pass)
                }
                #expect(guarded.stuck == 0 && guarded.waiting == 0)
            }
        }

        @Test("small chunks behind a gap are taken up to a thousand, large ones up to usrsctp's 4096")
        func gap() {
            for (size, most) in [(1, 1024), (1000, 4095)] {
                let guarded = Guarded()
                let taken = (1..<UInt32(6000)).filter { guarded.data(100 + $0, UInt16($0), size: size) == .pass }.count
                #expect((most...most + 40).contains(taken), "\\(size) bytes: \\(taken)")
                // What is missing is always taken.
                #expect(guarded.data(100, 0, size: size) == .pass)
                #expect(guarded.waiting == 0 && guarded.stuck == 0)
            }
        }

        @Test("what is repeated is taken again, but a TSN has one meaning")
        func repeated() {
            let guarded = Guarded()
            #expect(guarded.data(102, 2) == .pass && guarded.data(102, 2) == .pass)
            #expect(guarded.data(100, 0) == .pass && guarded.data(100, 0) == .pass)
            guard case .violation = guarded.data(102, 7) else {
                Issue.record("it was admitted")
                return
            }
        }

        @Test("while usrsctp may refuse, only our SACK tells what it has taken")
        func refused() {
            let guarded = Guarded()
            guarded.data(100, 5, closed: true)
            #expect(guarded.stuck == 0)
            #expect(guarded.data(100, 0, closed: true) == .pass, "it was refused the first time")
            guarded.acknowledged(100)
            #expect(guarded.stuck == 0)
            guarded.data(101, 7, closed: true)
            guarded.acknowledged(101)
            #expect(guarded.stuck == 1)
        }

        @Test("messages that are given up leave nothing stuck; so do resets, confirmed or not")
        func givenUp() {
            let guarded = Guarded()
            guarded.data(101, 1)
            guarded.data(103, 3, flags: 0)
            #expect(guarded.give([192, 0, 0, 12] + Craft.bytes(104) + Craft.bytes(4)) == .pass)
            #expect(guarded.stuck == 0 && guarded.waiting == 0)
            #expect(guarded.data(105, 5) == .pass && guarded.stuck == 0)
            guarded.passed(Craft.reconfiguration(Craft.parameter(13, 1, 0, 105, list: [0])))
            #expect(guarded.data(106, 0) == .pass && guarded.stuck == 0)
            guarded.passed(Craft.reconfiguration(Craft.parameter(13, 2, 0, 106)))
            #expect(guarded.data(107, 1) == .pass && guarded.stuck == 0)
            #expect(guarded.data(108, 2) == .pass && guarded.stuck == 0)
        }

        @Test("messages that wait for one that is given up wait no more, but for those behind another that is missing")
        func waitingForGivenUp() {
            let guarded = Guarded()
            for (tsn, ssn) in [(100, 1), (101, 2), (102, 4)] as [(UInt32, UInt16)] { guarded.data(tsn, ssn) }
            #expect(guarded.stuck == 3)
            #expect(guarded.give([192, 0, 0, 12] + Craft.bytes(103) + Craft.bytes(2)) == .pass)
            #expect(guarded.stuck == 1)
            #expect(guarded.data(104, 3) == .pass && guarded.stuck == 0)
        }

        @Test("a message that was begun and is given up is none that the next one comes into")
        func begunAndGivenUp() {
            let guarded = Guarded()
            guarded.data(100, 0, flags: 2)
            #expect(guarded.give([192, 0, 0, 12] + Craft.bytes(101) + Craft.bytes(0)) == .pass)
            #expect(guarded.data(102, 1) == .pass && guarded.stuck == 0)
        }

        @Test("of a packet only what is beyond a bound is dropped, whatever comes with it", arguments: [false, true])
        func progress(closed: Bool) {
            let guarded = Guarded()
            var tsn: UInt32 = 102
            // Every second chunk is lost, until no more small ones are kept.
            while guarded.data(tsn, UInt16(tsn - 100), closed: closed) == .pass { tsn += 2 }
            #expect(guarded.waiting >= ArrivalGuard.mostEarly)
            func data(_ tsn: UInt32) -> [UInt8] { Craft.data(tsn: tsn, ssn: UInt16(tsn - 100), [1, 1, 1, 1]) }
            let (awaited, kept, tooMuch, tooFar) = (data(100), data(102), data(tsn), data(9000))
            let answer = Craft.reconfiguration(Craft.parameter(16, 77, 1))
            func rest(_ chunks: [UInt8]) -> ArrivalGuard.Verdict { .rest(Self.header + chunks) }
            #expect(guarded.give(tooMuch + tooFar, closed: closed) == .drop)
            #expect(guarded.give(tooMuch + answer + tooFar, closed: closed) == rest(answer))
            #expect(guarded.give(kept + tooFar, closed: closed) == rest(kept))
            #expect(guarded.give(tooFar + awaited + tooMuch, closed: closed) == rest(awaited))
            #expect(guarded.give(awaited + tooMuch, closed: closed) == rest(awaited), "usrsctp may have refused it")
            guarded.acknowledged(100)
            #expect(guarded.give(awaited + tooMuch, closed: closed) == rest(awaited), "it may not know")
            #expect(guarded.stuck == 0)
        }

        @Test("what the peer repeats since it never heard that it came is acknowledged, also beside what is too far")
        func acknowledgedAgain() throws {
            let peer = try CraftedPeer()
            func data(_ index: UInt32) -> [UInt8] { Craft.data(tsn: peer.first &+ index, ssn: UInt16(index)) }
            // The first three arrive, the fourth is lost, and the acknowledgements are lost too.
            for index in [0, 1, 2, 4] as [UInt32] { peer.give(data(index)) }
            for far in [5000, 6000] as [UInt32] {
                let answers = peer.give(data(0), data(4), data(far))
                let sack = try #require(answers.first { $0[12] == 3 })
                #expect(Craft.word(sack, at: 16) == peer.first &+ 2)
                #expect(Craft.word(sack, at: 24) >> 16 == 1 && Craft.word(sack, at: 28) == 0x0002_0002)
            }
            peer.give(data(3), data(5000))
            #expect(peer.pair.a.isConnected && peer.pair.a.messages.count == 5)
        }

        @Test("late copies of a reset, which reordering brings, change nothing more")
        func copiedReset() {
            let guarded = Guarded()
            guarded.data(100, 0)
            let request = Craft.reconfiguration(Craft.parameter(13, 1, 0, 100, list: [0]))
            guarded.passed(request)
            guarded.data(101, 0)
            guarded.data(102, 1)
            guarded.passed(request)
            guarded.passed(request)
            #expect(guarded.data(103, 2) == .pass && guarded.data(104, 3) == .pass)
            #expect(guarded.stuck == 0)
        }

        @Test("acknowledgements that usrsctp would walk for again and again are dropped")
        func acknowledgements() {
            func sack(_ blocks: [(Int, Int)]) -> [UInt8] {
                [3, 0] + Craft.half(16 + 4 * blocks.count) + Craft.bytes(5) + Craft.bytes(9) + Craft.half(blocks.count)
                    + [0, 0] + blocks.flatMap { Craft.half($0.0) + Craft.half($0.1) }
            }
            let guarded = Guarded()
            #expect(guarded.give(sack([])) == .pass)
            #expect(guarded.give(sack([(2, 2), (4, 9), (11, 4000)])) == .pass)
            #expect(guarded.give(sack([(4, 9), (2, 2)])) == .drop)
            #expect(guarded.give(sack([(2, 5), (5, 9)])) == .drop)
            #expect(guarded.give(sack([(5, 4)])) == .drop)
            #expect(guarded.give(sack([]) + sack([])) == .drop)
        }

        @Test("nothing of a packet that is dropped is kept in mind", arguments: ["INIT", "with a reset", "with DATA"])
        func dropped(way: String) throws {
            let peer = try CraftedPeer()
            let a = try #require(peer.pair.a.association)
            let far = peer.first &+ 1 << 30
            let forward = [192, 0, 0, 8] + Craft.bytes(far)
            switch way {
            case "INIT": peer.give([1, 0, 0, 20] + Craft.bytes(1) + Craft.bytes(2) + Craft.bytes(3) + Craft.bytes(far))
            case "with a reset":
                peer.give(Craft.data(tsn: peer.first), Craft.data(tsn: peer.first &+ 1, ssn: 1))
                a.readsNothing()
                // The first may read what is there; the next one comes too soon after it.
                let answer = Craft.reconfiguration(Craft.parameter(16, 77, 1))
                peer.give(Craft.data(tsn: peer.first &+ 2, ssn: 2))
                peer.give(answer)
                peer.give(Craft.data(tsn: peer.first &+ 3, ssn: 3))
                peer.give(answer, forward)
                a.readInterval = nil
            default: peer.give(Craft.data(tsn: far &+ 6000, ssn: 1))
            }
            #expect(!peer.pair.a.isClosed)
            var given: UInt32 = 0
            let start = way == "with a reset" ? peer.first &+ 4 : peer.first
            while given < 1000, !peer.pair.a.isClosed {
                peer.give(Craft.data(tsn: start &+ given, stream: 5, ssn: 30_000 - UInt16(given)))
                given += 1
            }
            #expect(given < 300 && peer.pair.a.error?.code == .aborted)
        }

        @Test("DATA is too far ahead of what a FORWARD-TSN before it leaves, not of what was before")
        func afterForward() {
            let guarded = Guarded()
            let forward = [192, 0, 0, 8] + Craft.bytes(8000)
            #expect(guarded.give(Craft.data(tsn: 8001, ssn: 1)) == .drop)
            #expect(guarded.give(forward + Craft.data(tsn: 8001, ssn: 1)) == .pass && guarded.waiting == 0)
            #expect(guarded.give(forward + Craft.data(tsn: 14_000, ssn: 1)) == .rest(Self.header + forward))
            #expect(guarded.give(Craft.data(tsn: 8002, ssn: 2)) == .pass && guarded.waiting == 0)
        }

        @Test("an association ends with the reason, and lives through what a lossy path does")
        func association() throws {
            let peer = try CraftedPeer()
            var given: UInt32 = 0
            while given < 10_000, !peer.pair.a.isClosed {
                peer.give(Craft.data(tsn: peer.first &+ given, ssn: 30_000 - UInt16(given)))
                given += 1
            }
            #expect(given == 257 && peer.pair.a.error?.code == .aborted)
            #expect(peer.pair.a.error?.message.contains("256") == true)
            let pair = try TestPair.connected(seed: 9)
            pair.pace = 10
            (pair.loss, pair.reordering) = (0.1, 0.3)
            for index in 0..<2000 {
                let limit: SCTPReliability.Limit = index % 3 == 0 ? .maxRetransmits(0) : .none
                try pair.a.send(
                    TestPair.pattern(20 + index % 4000, seed: index), stream: UInt16(index % 50),
                    reliability: SCTPReliability(ordered: index % 2 == 0, limit: limit))
                if index % 100 == 0 { pair.tick(20) }
            }
            try pair.run(until: { pair.a.association?.bufferedBytes == 0 })
            #expect(pair.a.isConnected && pair.b.isConnected && pair.b.messages.count > 1300)
        }
    }
}
