import JSEP
import Testing

@testable import Signaling

@Suite("what negotiators say beside messages that everybody understands")
struct NegotiationNoteTests {
    private let offer = SignalingPayload.description(SessionDescription(type: .offer, sdp: "o"))
    private let answer = SignalingPayload.description(SessionDescription(type: .answer, sdp: "a"), answers: "1 2")
    private let refusal = SignalingPayload.description(SessionDescription(type: .rollback), answers: "1 2")

    /// What comes of it at the other end; nothing where nothing is sent.
    private func carry<Dialect: ClientDialect>(
        _ payload: SignalingPayload, _ notes: inout NegotiationNotes, _: Dialect.Type, knowsNotes: Bool = true
    ) throws -> [SignalingPayload] {
        guard let (payload, note) = notes.outgoing(payload) else { return [] }
        let message = Dialect.message(payload, to: "p")
        var parsed = try SignalingMessage(parsing: Dialect.bytes(message, note))
        for sender in ["from", "from_peer_id"] { parsed[sender] = "me" }
        guard case .said(by: "me", let said) = Dialect.news(in: try Dialect.decode(parsed)) else { return [] }
        return (knowsNotes ? NegotiationNote(parsed) : nil).payloads(with: said)
    }

    private func checkAll<Dialect: ClientDialect>(_ dialect: Dialect.Type) throws {
        var notes = NegotiationNotes()
        #expect(try carry(offer, &notes, dialect) == [offer])
        #expect(try carry(answer, &notes, dialect) == [answer])
        // A refusal goes with the next offer, once, and before it.
        #expect(try carry(refusal, &notes, dialect) == [])
        let candidate = SignalingPayload.candidate(
            ICECandidateInit(candidate: "candidate:1", sdpMid: "0", sdpMLineIndex: 0))
        #expect(try carry(candidate, &notes, dialect) == [candidate])
        #expect(try carry(.candidate(nil), &notes, dialect) == [.candidate(nil)])
        #expect(try carry(offer, &notes, dialect) == [refusal, offer])
        #expect(try carry(offer, &notes, dialect) == [offer])
        // It is no news any more once this end has answered.
        #expect(try carry(refusal, &notes, dialect) == [])
        #expect(try carry(answer, &notes, dialect) == [answer])
        #expect(try carry(offer, &notes, dialect) == [offer])
        #expect(try carry(.description(SessionDescription(type: .pranswer, sdp: "p")), &notes, dialect) == [])
    }

    @Test("a refusal goes with the next offer, and an answer says what it answers, in the mesh and in rooms")
    func dialects() throws {
        try checkAll(MeshClientDialect.self)
        try checkAll(RoomClientDialect.self)
    }

    @Test("who knows nothing of it reads offers and answers")
    func others() throws {
        var notes = NegotiationNotes()
        #expect(try carry(refusal, &notes, RoomClientDialect.self, knowsNotes: false) == [])
        #expect(try carry(offer, &notes, RoomClientDialect.self, knowsNotes: false) == [offer])
        let plain = SignalingPayload.description(SessionDescription(type: .answer, sdp: "a"))
        #expect(try carry(answer, &notes, RoomClientDialect.self, knowsNotes: false) == [plain])
    }

    @Test(
        "what is something else under that name counts for nothing",
        arguments: [#""x""#, "1", "null", "[]", "{}", #"{"answers":1}"#])
    func somethingElse(value: String) throws {
        let text = #"{"type":"answer","sdp":"a","from":"b","negotiation":\#(value)}"#
        let message = try SignalingMessage(parsing: Array(text.utf8))
        #expect(NegotiationNote(message) == nil)
        #expect(try RoomMessage(message) == .answer(from: "b", to: nil, sdp: "a"))
    }
}
