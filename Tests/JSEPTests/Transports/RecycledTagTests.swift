import SDP
import Testing

@testable import JSEP

@Suite("When the section goes that speaks for the transport")
struct RecycledTagTests {
    /// Audio and data, bundled; the first has made the offer.
    private func agreed() throws -> (Negotiation, Negotiation) {
        var (a, b) = (try Negotiations.make(1), try Negotiations.make(2))
        a.addTransceiver(.audio)
        a.wantsData = true
        try Negotiations.round(&a, &b)
        return (a, b)
    }

    @Test("the rest goes on with its transport under another tag, and what takes the place comes to it")
    func recycled() throws {
        for stopsOfferer in [true, false] {
            var (a, b) = try agreed()
            let (ids, fragments) = ([a.transportIDs, b.transportIDs], [a.localFragments, b.localFragments])
            if stopsOfferer {
                a.transceivers[0].wish.isStopping = true
                try Negotiations.round(&a, &b)
            } else {
                b.transceivers[0].wish.isStopping = true
                try Negotiations.round(&b, &a)
            }
            #expect(a.mids(on: ids[0][0]) == ["1"] && b.mids(on: ids[1][0]) == ["1"])
            b.addTransceiver(.video)
            try Negotiations.round(&b, &a)
            #expect(b.currentLocal?.document.media.map(\.mid) == ["2", "1"])
            #expect(b.currentLocal?.document.groups[0].mids == ["1", "2"])
            #expect([a.transportIDs, b.transportIDs] == ids && [a.localFragments, b.localFragments] == fragments)
        }
    }

    @Test("with Chromium, which could not answer, a place before the section that speaks for all is not used again")
    func chromium() throws {
        var (a, b) = try agreed()
        a.transceivers[0].wish.isStopping = true
        try a.setLocal(nil)
        try b.setRemote(#require(a.local).description)
        try b.setLocal(nil)
        var answer = try #require(b.local).document
        answer.append(Attribute("msid-semantic", " WMS"))
        try a.setRemote(SessionDescription(type: .answer, sdp: answer.serialized()))
        #expect(a.quirks.library == .libwebrtc && b.quirks.library == .other)
        a.addTransceiver(.video)
        #expect(try SDPDocument(parsing: a.createOffer(OfferOptions()).sdp).media.map(\.mid) == ["0", "1", "2"])
    }

    /// As Chromium writes it: what is new has the first place in the group, too.
    private static func recycle(_ offer: inout SDPDocument) {
        offer.groups = [GroupAttribute(mids: ["2", "1"])]
    }

    @Test("a new section that speaks for the group with the credentials in use goes on with the transport")
    func sameCredentials() throws {
        var (a, b) = try agreed()
        let id = b.transportIDs[0]
        a.transceivers[0].wish.isStopping = true
        try Negotiations.round(&a, &b)
        a.addTransceiver(.audio)
        var offer = try SDPDocument(parsing: a.createOffer(OfferOptions()).sdp)
        Self.recycle(&offer)
        try b.setRemote(SessionDescription(type: .offer, sdp: offer.serialized()))
        try b.setLocal(nil)
        #expect(b.transportIDs == [id] && b.mids(on: id) == ["2", "1"])
    }

    @Test("with other credentials it has another transport, to which the rest moves; a restart without it is one")
    func newCredentials() throws {
        var (a, b) = try agreed()
        let (id, fragment) = (b.transportIDs[0], b.localFragment)
        a.transceivers[0].wish.isStopping = true
        try Negotiations.round(&a, &b)
        try a.setLocal(a.createOffer(OfferOptions(iceRestart: true)))
        try b.setRemote(#require(a.local).description)
        try b.setLocal(nil)
        #expect(b.transportIDs == [id] && b.localFragment != fragment)
        try a.setRemote(#require(b.local).description)
        a.addTransceiver(.audio)
        var offer = try SDPDocument(parsing: a.createOffer(OfferOptions()).sdp)
        Self.recycle(&offer)
        for index in offer.media.indices { offer.media[index].iceUfrag = "anew" }
        try b.setRemote(SessionDescription(type: .offer, sdp: offer.serialized()))
        #expect(b.transportIDs == [id])
        try b.setLocal(nil)
        #expect(b.transportIDs.count == 1 && b.transportIDs != [id])
        #expect(b.dataTransportID == b.transportIDs[0] && b.mids(on: b.transportIDs[0]) == ["2", "1"])
    }
}
