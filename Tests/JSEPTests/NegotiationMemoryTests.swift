import SDP
import Testing
import TransportTypes

@testable import JSEP

@Suite("What a negotiation remembers, and what it lets go")
struct NegotiationMemoryTests {
    private static let line = "candidate:1 1 udp 2130706431 192.0.2.1 9 typ host"

    /// An answer to this, by one who wants data.
    private func answered(_ offer: SessionDescription) throws -> Negotiation {
        var b = try Negotiations.make(2)
        b.wantsData = true
        try b.setRemote(offer)
        try b.setLocal(nil)
        return b
    }

    @Test("candidates of a transport that is left are forgotten, and their end with them")
    func forgotten() throws {
        var (a, _) = try Negotiations.agreed()
        let fragment = try #require(a.localFragment)
        a.addLocal(candidate: Self.line, usernameFragment: fragment)
        a.addLocal(candidate: nil, usernameFragment: fragment)
        #expect(a.localTransport?.candidates == [Self.line] && a.localTransport?.hasEndOfCandidates == true)
        a.forgetLocalCandidates(of: try #require(a.transportIDs.first))
        #expect(a.localTransport?.candidates == [] && a.localTransport?.hasEndOfCandidates == false)
    }

    @Test("an offer that restarts has none of the former candidates, and one that does not has them")
    func ofTheirGeneration() throws {
        var (a, _) = try Negotiations.agreed()
        a.addLocal(candidate: Self.line, usernameFragment: try #require(a.localFragment))
        try a.setLocal(a.createOffer(OfferOptions(iceRestart: true)))
        #expect(a.localTransport?.candidates == [])
        try a.setLocal(SessionDescription(type: .rollback))
        try a.setLocal(a.createOffer(OfferOptions()))
        #expect(a.localTransport?.candidates == [Self.line])
    }

    @Test("the transports of a provisional answer go with it when its offer is taken back")
    func provisional() throws {
        var b = try Negotiations.make(2)
        b.wantsData = true
        try b.setRemote(Negotiations.offer(Negotiations.data()))
        var answer = try b.createAnswer()
        answer.type = .pranswer
        try b.setLocal(answer)
        #expect(b.transportIDs.count == 1)
        try b.setRemote(SessionDescription(type: .rollback))
        #expect(b.transportIDs == [])
    }

    @Test("it is told when the section goes that spoke for its transport")
    func tag() throws {
        var (a, b) = (try Negotiations.make(1), try Negotiations.make(2))
        let audio = a.addTransceiver(.audio)
        a.wantsData = true
        try Negotiations.round(&a, &b)
        a[transceiver: audio]?.wish.isStopping = true
        let events = try Negotiations.round(&a, &b)
        for (side, events) in [(a, events.a), (b, events.b)] {
            let id = try #require(side.transportIDs.first)
            #expect(events.contains(.tagLost(transport: id)))
        }
    }

    @Test("an answer without a role, or that holds on, makes its side the client")
    func roles() throws {
        var (a, b) = (try Negotiations.make(1), try Negotiations.make(2))
        a.wantsData = true
        try a.setLocal(nil)
        try b.setRemote(#require(a.local).description)
        try b.setLocal(nil)
        var answer = try #require(b.local).description
        answer.sdp = answer.sdp.replacing("a=setup:active\r\n", with: "")
        try a.setRemote(answer)
        #expect(a.dtlsRole == .server && b.dtlsRole == .client)
    }

    @Test("candidates of a section that may stand alone are its own, and an end of the session's is everybody's")
    func candidatesOfOthers() throws {
        let own = "a=\(Self.line)\r\n"
        let other = "a=candidate:2 1 udp 1 192.0.2.2 9 typ host\r\n"
        let b = try answered(
            SessionDescription(
                type: .offer,
                sdp: Negotiations.session + "a=group:BUNDLE 0 1\r\na=end-of-candidates\r\n"
                    + Negotiations.data(mid: "0", more: own)
                    + Negotiations.media("audio", mid: "1", more: "a=sendrecv\r\n" + other)))
        #expect(b.remoteTransport?.candidates == [Self.line])
        #expect(b.remoteTransport?.hasEndOfCandidates == true)
    }

    @Test("who offers first controls, and a restart decides that again only with a peer that does so itself")
    func iceRoles() throws {
        var (a, b) = try Negotiations.agreed()
        #expect(a.plan.initialRole == .controlling && b.plan.initialRole == .controlled)
        #expect(a.plan.restartRole == nil && b.plan.restartRole == nil)
        try Negotiations.round(&b, &a)
        #expect(b.plan.initialRole == .controlling)
        let session = Negotiations.session + "a=msid-semantic: WMS\r\n"
        let other = try answered(SessionDescription(type: .offer, sdp: session + Negotiations.data()))
        #expect(other.plan.restartRole == .controlled)
    }

    @Test("versions of descriptions are numbers: ten is newer than nine")
    func versions() {
        #expect(DescriptionID("7 9").isOlder(than: DescriptionID("7 10")))
        #expect(!DescriptionID("7 10").isOlder(than: DescriptionID("7 9")))
        #expect(!DescriptionID("8 9").isOlder(than: DescriptionID("7 10")))
    }

    @Test("an answer has the peer's level of H.264 if that is lower, and of the feedback what it has offered")
    func codecs() throws {
        let video = Negotiations.media(
            "video", formats: [(102, "H264/90000", "packetization-mode=1;profile-level-id=42e00b")],
            more: "a=sendrecv\r\na=rtcp-fb:102 nack\r\n")
        let answer = try #require(answered(Negotiations.offer(video)).local).description.sdp
        #expect(answer.contains("profile-level-id=42e00b"))
        #expect(answer.contains("a=rtcp-fb:102 nack\r\n") && !answer.contains("goog-remb"))
    }

    @Test("a format for which the preferred number is taken gets another")
    func numbers() throws {
        // Number 96, which is VP8's here, is H264's with this peer.
        let video = Negotiations.media(
            "video", formats: [(96, "H264/90000", "packetization-mode=1;profile-level-id=42e01f")])
        var b = try answered(Negotiations.offer(video))
        b.addTransceiver(.video)
        let offer = try SDPDocument(parsing: b.createOffer(OfferOptions()).sdp)
        for media in offer.media {
            #expect(Set(media.formats).count == media.formats.count)
            let numbers = media.rtpMaps.filter { $0.encodingName == "VP8" }.map(\.payloadType)
            #expect(!numbers.contains(96))
        }
    }
}
