import Testing

@testable import SCTP

extension SCTPTests {
    @Suite("Acknowledgements that the next makes useless")
    struct HeldAcknowledgementTurnTests {
        private static let other: [UInt8] = [11, 0, 0, 4]

        private static func sack(_ tsn: UInt32, behind chunk: [UInt8] = []) -> [UInt8] {
            [UInt8](repeating: 0, count: 12) + [3, 0, 0, 16] + CraftedPeer.bytes(tsn) + CraftedPeer.bytes(9)
                + [0, 0, 0, 0] + chunk
        }

        /// What becomes of these packets, of which the first four were older SACKs, and what has
        /// waited at the end.
        private static func turn(_ packets: [[UInt8]]) -> (verdicts: [HeldAcknowledgement.Verdict], released: [UInt8]?)
        {
            var held = HeldAcknowledgement()
            for tsn in 1...UInt32(4) { _ = held.admit(sack(tsn).span) }
            let verdicts = packets.map { held.admit($0.span) }
            return (verdicts, held.release())
        }

        @Test("the first four pass, the newest of the others waits, older ones go")
        func order() {
            var held = HeldAcknowledgement()
            let first = (1...UInt32(5)).map { held.admit(Self.sack($0).span) }
            #expect(first == [.pass, .pass, .pass, .pass, .hold(isFirst: true)])
            let (verdicts, released) = Self.turn([Self.sack(10), Self.sack(12), Self.sack(11)])
            #expect(verdicts == [.hold(isFirst: true), .hold(isFirst: false), .drop])
            #expect(released == Self.sack(12))
        }

        @Test("what is not alone always passes, and makes the one that waits useless only when it is newer")
        func bundled() {
            let older = Self.turn([Self.sack(10), Self.sack(9, behind: Self.other)])
            #expect(older.verdicts == [.hold(isFirst: true), .pass] && older.released == Self.sack(10))
            let newer = Self.turn([Self.sack(10), Self.sack(11, behind: Self.other)])
            #expect(newer.verdicts == [.hold(isFirst: true), .pass] && newer.released == nil)
        }

        @Test("each turn begins anew")
        func turns() {
            var held = HeldAcknowledgement()
            for tsn in 1...UInt32(9) { _ = held.admit(Self.sack(tsn).span) }
            let released = [held.release(), held.release()]
            #expect(released == [Self.sack(9), nil])
            let verdict = held.admit(Self.sack(10).span)
            #expect(verdict == .pass)
        }
    }
}
