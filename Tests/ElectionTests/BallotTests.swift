import Election
import TestSupport
import Testing

@Suite("Ballots")
struct BallotTests {
    @Test("a larger device score wins, then an earlier start, then a larger id")
    func order() throws {
        let low = try #require(ContenderID("00000000-0000-0000-0000-0000000000ff"))
        let high = try #require(ContenderID("01000000-0000-0000-0000-000000000000"))
        let best = [
            Contender(id: low, priority: Priority(deviceScore: 2, startTime: 900)),
            Contender(id: high, priority: Priority(deviceScore: 1, startTime: 5)),
            Contender(id: low, priority: Priority(deviceScore: 1, startTime: 5)),
            Contender(id: high, priority: Priority(deviceScore: 1, startTime: 6)),
            Contender(id: high, priority: Priority(deviceScore: 0, startTime: 0)),
            Contender(id: high, priority: Priority(deviceScore: 0, startTime: .max)),
        ]
        var random = SeededGenerator(seed: 1)
        for _ in 0..<20 { #expect(best.shuffled(using: &random).sorted { $0.ballot > $1.ballot } == best) }
        #expect(Priority(startTime: 1).deviceScore == Priority.displayScore)
        #expect(Priority.controllerScore > Priority.displayScore)
    }

    @Test("an id is read in either case, and compared by its bytes")
    func identifiers() throws {
        let id = try #require(ContenderID("0A1b2C3d-4e5F-6789-abCD-Ef0123456789"))
        #expect(id.description == "0a1b2c3d-4e5f-6789-abcd-ef0123456789")
        #expect(ContenderID(id.description.uppercased()) == id)
        #expect(id == ContenderID(high: 0x0A1B_2C3D_4E5F_6789, low: 0xABCD_EF01_2345_6789))
        let texts = [
            "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0100-000000000000",
            "00000000-0000-0001-0000-000000000000", "7fffffff-ffff-ffff-ffff-ffffffffffff",
            "80000000-0000-0000-0000-000000000000", "A0000000-0000-0000-0000-000000000000",
            "b0000000-0000-0000-0000-000000000000",
        ]
        let ids = texts.compactMap { ContenderID($0) }
        #expect(ids.count == texts.count)
        #expect(ids.sorted() == ids && Set(ids).count == ids.count)
    }

    @Test(
        "text that is not a UUID is no id",
        arguments: [
            "", "-", "0a1b2c3d4e5f6789abcdef0123456789", "0a1b2c3d-4e5f-6789-abcd-ef012345678",
            "0a1b2c3d-4e5f-6789-abcd-ef01234567890", "0a1b2c3d-4e5f-6789-abcd-ef012345678g",
            "{0a1b2c3d-4e5f-6789-abcd-ef0123456789}", "0a1b2c3-d4e5f-6789-abcd-ef0123456789",
            " 0a1b2c3d-4e5f-6789-abcd-ef0123456789", "0a1b2c3d-4e5f-6789-abcd-ef0123456789-",
            "0a1b2c3d-4e5f-6789-abcd-\u{E9}f012345678",
        ])
    func notIdentifiers(text: String) {
        #expect(ContenderID(text) == nil)
    }

    @Test("a term is as high as its number, then as the id of who has claimed it")
    func terms() {
        let (low, high) = (ContenderID(high: 1, low: 1), ContenderID(high: 1, low: 2))
        let rising = [
            Term(), Term(1), Term(1, leader: low), Term(1, leader: high), Term(2), Term(2, leader: low), Term(.max),
        ]
        for (index, term) in rising.enumerated() {
            for other in rising[..<index] { #expect(other < term && !(term < other)) }
            #expect(!(term < term))
        }
        #expect(Term(7, leader: low).description == "7")
    }
}
