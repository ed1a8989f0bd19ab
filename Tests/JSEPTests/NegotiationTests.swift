import SDP
import Testing

@testable import JSEP

@Suite("Offers and answers")
struct NegotiationTests {
    @Test("an offer of nothing has no sections and changes nothing (NEG-01)")
    func emptyOffer() throws {
        var negotiation = try Negotiations.make()
        let offer = try negotiation.createOffer(OfferOptions())
        let document = try SDPDocument(parsing: offer.sdp)
        #expect(offer.type == .offer && document.media.isEmpty && document.groups.isEmpty)
        #expect(negotiation.signalingState == .stable && negotiation.local == nil && negotiation.dataMid == nil)
    }

    @Test("an offer of data channels says what RFC 8841 and RFC 9429 want")
    func offer() throws {
        var negotiation = try Negotiations.make()
        negotiation.wantsData = true
        let document = try SDPDocument(parsing: negotiation.createOffer(OfferOptions()).sdp)
        let media = try #require(document.media.first)
        #expect(document.media.count == 1 && media.isDataChannels && media.port == 9)
        #expect(media.mid == "0" && document.groups.first?.mids == ["0"])
        #expect(media.setup == .actpass && media.sctpPort == 5000 && media.maxMessageSize == 262_144)
        #expect(media.iceOptions == ["trickle"] && media.fingerprints.count == 1)
        #expect(media.candidates.isEmpty && !media.hasEndOfCandidates)
    }

    @Test("a round moves the descriptions from pending to current on both sides (NEG-07, 12, 38)")
    func round() throws {
        var a = try Negotiations.make(1)
        var b = try Negotiations.make(2)
        a.wantsData = true
        let offer = try a.createOffer(OfferOptions())
        try a.setLocal(offer)
        #expect(a.signalingState == .haveLocalOffer && a.pendingLocal?.description == offer && a.currentLocal == nil)
        try b.setRemote(offer)
        #expect(b.signalingState == .haveRemoteOffer && b.pendingRemote?.description == offer)
        let answer = try b.createAnswer()
        #expect(b.signalingState == .haveRemoteOffer)
        try b.setLocal(answer)
        try a.setRemote(answer)
        for side in [a, b] {
            #expect(side.signalingState == .stable && side.pendingLocal == nil && side.pendingRemote == nil)
            #expect(side.dataMid == "0" && !side.isNegotiationNeeded)
        }
        #expect(a.currentLocal?.description == offer && a.currentRemote?.description == answer)
        #expect(b.currentLocal?.description == answer && b.currentRemote?.description == offer)
    }

    @Test(
        "the implicit forms make a new offer or the answer; an empty text uses the last one made (NEG-08, 13, 28, 31)")
    func implicit() throws {
        var a = try Negotiations.make(1)
        var b = try Negotiations.make(2)
        a.wantsData = true
        let offer = try a.createOffer(OfferOptions())
        try a.setLocal(SessionDescription(type: .offer))
        #expect(a.pendingLocal?.description == offer)
        try b.setRemote(offer)
        let answer = try b.createAnswer()
        try b.setLocal(SessionDescription(type: .answer))
        #expect(b.currentLocal?.description == answer)
        try a.setRemote(answer)
        try Negotiations.round(&b, &a)
        #expect(a.signalingState == .stable && b.signalingState == .stable)
        #expect(b.currentLocal?.type == .offer && a.currentLocal?.type == .answer)
    }

    @Test("an empty text makes a new offer when the last one no longer says what is wanted")
    func staleOffer() throws {
        var negotiation = try Negotiations.make()
        _ = try negotiation.createOffer(OfferOptions())
        negotiation.wantsData = true
        try negotiation.setLocal(SessionDescription(type: .offer))
        #expect(negotiation.pendingLocal?.document.media.count == 1 && negotiation.dataMid == "0")
    }

    @Test("channels that were wanted while an offer was out are part of the next empty text too")
    func staleOfferWhilePending() throws {
        var negotiation = try Negotiations.make()
        try negotiation.setLocal(nil)
        negotiation.wantsData = true
        try negotiation.setLocal(SessionDescription(type: .offer))
        #expect(negotiation.pendingLocal?.document.media.count == 1 && negotiation.dataMid == "0")
    }

    @Test("the last of two own offers wins, and keeps its credentials (NEG-10)")
    func secondOffer() throws {
        var a = try Negotiations.make(1)
        var b = try Negotiations.make(2)
        a.wantsData = true
        let first = try a.createOffer(OfferOptions())
        try a.setLocal(first)
        let fragment = a.localFragment
        let second = try a.createOffer(OfferOptions())
        try a.setLocal(second)
        #expect(a.signalingState == .haveLocalOffer && a.pendingLocal?.description == second && first != second)
        #expect(a.localFragment == fragment)
        #expect(code { try a.setLocal(first) } == .invalidModification)
        try b.setRemote(second)
        try b.setLocal(nil)
        try a.setRemote(#require(b.local).description)
        #expect(a.currentLocal?.document.media.count == 1)
    }

    @Test("the session id stays and the version grows with each description")
    func versions() throws {
        var (a, b) = try Negotiations.agreed()
        var versions = [try #require(a.currentLocal.flatMap { UInt64($0.document.origin.sessionVersion) })]
        for _ in 0..<3 {
            try Negotiations.round(&b, &a)
            versions.append(try #require(a.currentLocal.flatMap { UInt64($0.document.origin.sessionVersion) }))
            #expect(a.currentLocal?.document.origin.sessionID == "77")
        }
        #expect(versions == versions.sorted() && Set(versions).count == versions.count)
    }

    @Test("a text that was not made here last is refused (NEG-14)")
    func foreignText() throws {
        var a = try Negotiations.make(1)
        a.wantsData = true
        var b = try Negotiations.make(2)
        b.wantsData = true
        let offer = try b.createOffer(OfferOptions())
        #expect(code { try a.setLocal(offer) } == .invalidModification)
        _ = try a.createOffer(OfferOptions())
        #expect(code { try a.setLocal(offer) } == .invalidModification)
        #expect(a.signalingState == .stable && a.local == nil)
        var c = try Negotiations.make(3)
        try a.setRemote(offer)
        try c.setRemote(offer)
        let answer = try c.createAnswer()
        #expect(code { try a.setLocal(answer) } == .invalidModification)
        _ = try a.createAnswer()
        #expect(code { try a.setLocal(answer) } == .invalidModification)
        #expect(a.signalingState == .haveRemoteOffer)
    }

    @Test(
        "the state is looked at before the text; every wrong order is an InvalidStateError (NEG-03, 05, 15, 19, 37, 39)"
    )
    func wrongStates() throws {
        var a = try Negotiations.make()
        for kind in [SessionDescription.Kind.answer, .pranswer, .rollback] {
            #expect(code { try a.setRemote(SessionDescription(type: kind, sdp: "garbage")) } == .invalidState)
            #expect(code { try a.setLocal(SessionDescription(type: kind, sdp: "garbage")) } == .invalidState)
        }
        #expect(code { _ = try a.createAnswer() } == .invalidState)
        a.wantsData = true
        try a.setLocal(nil)
        #expect(code { try a.setLocal(SessionDescription(type: .answer)) } == .invalidState)
        #expect(code { try a.setRemote(SessionDescription(type: .rollback)) } == .invalidState)
        var b = try Negotiations.make(2)
        try b.setRemote(#require(a.local).description)
        #expect(code { _ = try b.createOffer(OfferOptions()) } == .invalidState)
        #expect(code { try b.setRemote(SessionDescription(type: .answer, sdp: "garbage")) } == .invalidState)
        #expect(code { try b.setLocal(SessionDescription(type: .offer)) } == .invalidState)
        b.close()
        #expect(code { _ = try b.createAnswer() } == .invalidState)
        #expect(code { _ = try b.createOffer(OfferOptions()) } == .invalidState)
        #expect(code { try b.setLocal(nil) } == .invalidState)
        #expect(code { try b.addRemote(ICECandidateInit()) } == nil)
    }

    @Test("text that is not SDP is the RTCError with sdp-syntax-error, and nothing changes (NEG-33)")
    func syntax() throws {
        var negotiation = try Negotiations.make()
        for text in ["", "garbage", "v=0\r\no=x\r\n", Negotiations.session + "m=application\r\n", "\0", "v=0"] {
            let offer = SessionDescription(type: .offer, sdp: text)
            #expect(code { try negotiation.setRemote(offer) } == .sdpSyntax, "\(text)")
        }
        #expect(negotiation.signalingState == .stable && negotiation.remote == nil)
    }

    @Test("a later offer of either side keeps section, mid and credentials (NEG-18, 40)")
    func laterRounds() throws {
        var (a, b) = try Negotiations.agreed()
        let fragments = [a.localFragment, b.localFragment]
        for round in 0..<4 {
            if round % 2 == 0 { try Negotiations.round(&b, &a) } else { try Negotiations.round(&a, &b) }
            #expect([a.localFragment, b.localFragment] == fragments)
            #expect(a.currentLocal?.document.media.count == 1 && a.dataMid == "0" && b.dataMid == "0")
        }
    }

    @Test("the descriptions before a later offer stay current until its answer (NEG-18, 40)")
    func laterPending() throws {
        var (a, b) = try Negotiations.agreed()
        let before = (a.currentLocal, b.currentRemote)
        try a.setLocal(nil)
        #expect(a.currentLocal == before.0 && a.local == a.pendingLocal && a.pendingLocal != nil)
        try b.setRemote(#require(a.local).description)
        #expect(b.currentRemote == before.1 && b.remote == b.pendingRemote && b.pendingRemote != nil)
    }

    @Test("a channel makes negotiation needed until it is in a description, and not again (OPS-16)")
    func need() throws {
        var (a, b) = (try Negotiations.make(1), try Negotiations.make(2))
        #expect(!a.isNegotiationNeeded)
        a.wantsData = true
        #expect(a.isNegotiationNeeded)
        try Negotiations.round(&a, &b)
        b.wantsData = true
        #expect(!a.isNegotiationNeeded && !b.isNegotiationNeeded)
    }
}
