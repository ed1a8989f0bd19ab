import SDP
import Testing

@testable import JSEP

@Suite("The transports of answers, to offers that bundle and to those that do not")
struct AnsweredTransportsTests {
    /// Both ends after a round without groups: audio, video, data.
    private func unbundled(_ policy: BundlePolicy = .balanced) throws -> (Negotiation, Negotiation) {
        var (a, b) = (try Negotiations.make(1, policy: policy), try Negotiations.make(2, policy: policy))
        for kind in MediaKind.allCases { a.addTransceiver(kind) }
        a.wantsData = true
        try Unbundled.round(&a, &b)
        return (a, b)
    }

    private func expectComplement(_ a: Negotiation, _ b: Negotiation) throws {
        for (ours, theirs) in zip(a.transportIDs, b.transportIDs) {
            #expect(a.mids(on: ours) == b.mids(on: theirs))
            let (one, other) = (try #require(a.agreement(on: ours)), try #require(b.agreement(on: theirs)))
            #expect(one.local.credentials == other.remote.credentials && one.role != other.role)
            #expect(one.remote.credentials == other.local.credentials)
        }
        #expect(a.transportIDs.count == b.transportIDs.count)
    }

    @Test("without a group each section keeps a transport of its own, at both ends, and later offers leave it so")
    func separate() throws {
        var (a, b) = try unbundled(.maxCompat)
        try expectComplement(a, b)
        #expect(a.transportIDs.map(a.mids) == [["0"], ["1"], ["2"]])
        #expect(b.currentLocal?.document.groups.isEmpty == true && a.dataTransportID == a.transportIDs[2])
        let (ids, fragments) = (a.transportIDs, a.localFragments)
        for _ in 0..<2 {
            try Negotiations.round(&a, &b)
            #expect(a.transportIDs == ids && a.localFragments == fragments)
            #expect(a.currentLocal?.document.groups.isEmpty == true)
        }
        // What is new may be bundled, but only with what is new.
        b.addTransceiver(.video)
        b.addTransceiver(.video)
        try Negotiations.round(&b, &a)
        try expectComplement(a, b)
        #expect(b.currentLocal?.document.groups == [GroupAttribute(mids: ["3", "4"])])
        #expect(a.transportIDs.map(a.mids) == [["0"], ["1"], ["2"], ["3", "4"]])
    }

    @Test("of a group that is taken in part, the rest keeps its transport")
    func part() throws {
        var (a, b) = (try Negotiations.make(1), try Negotiations.make(2))
        for kind in MediaKind.allCases { a.addTransceiver(kind) }
        a.wantsData = true
        try a.setLocal(nil)
        var offer = try #require(a.local).document
        offer.groups = [GroupAttribute(mids: ["1", "2"])]
        try b.setRemote(SessionDescription(type: .offer, sdp: offer.serialized()))
        try b.setLocal(nil)
        #expect(b.currentLocal?.document.groups == [GroupAttribute(mids: ["1", "2"])])
        try a.setRemote(#require(b.local).description)
        try expectComplement(a, b)
        #expect(Set(a.transportIDs.map(a.mids)) == [["0"], ["1", "2"]])
        #expect(a.dataTransportID == a.transportID(ofMid: "1"))
        try Negotiations.round(&b, &a)
        #expect(a.currentLocal?.document.groups == [GroupAttribute(mids: ["1", "2"])])
        try expectComplement(a, b)
    }

    @Test("two groups are two transports, and stay two groups")
    func groups() throws {
        var b = try Negotiations.make(2)
        let sections =
            Negotiations.media("audio", mid: "a")
            + Negotiations.media("video", mid: "v", formats: [(96, "VP8/90000", nil)])
            + Negotiations.data(mid: "d", ufrag: "efgh")
        let text = Negotiations.session + "a=group:BUNDLE a v\r\na=group:BUNDLE d\r\n" + sections
        try b.setRemote(SessionDescription(type: .offer, sdp: text))
        try b.setLocal(nil)
        #expect(b.transportIDs.map(b.mids) == [["a", "v"], ["d"]])
        let groups = [GroupAttribute(mids: ["a", "v"]), GroupAttribute(mids: ["d"])]
        #expect(b.currentLocal?.document.groups == groups)
        #expect(try SDPDocument(parsing: b.createOffer(OfferOptions()).sdp).groups == groups)
    }

    @Test(
        "sections outside of a group are refused as the policy says (RFC 9429 §5.3.1)",
        arguments: [
            (BundlePolicy.balanced, [9, 0, 9]), (.maxCompat, [9, 9, 9]), (.maxBundle, [9, 0, 0]),
        ])
    func policies(policy: BundlePolicy, ports: [UInt16]) throws {
        var b = try Negotiations.make(2, policy: policy)
        let offer = Negotiations.offer(
            Negotiations.media("audio", mid: "x"), Negotiations.media("audio", mid: "y"), Negotiations.data(mid: "z"))
        try b.setRemote(offer)
        try b.setLocal(nil)
        #expect(b.currentLocal?.document.media.map(\.port) == ports)
        #expect(b.transportIDs.map(b.mids) == zip(["x", "y", "z"], ports).filter { $0.1 != 0 }.map { [$0.0] })
        #expect(b.transceivers.compactMap(\.mid) == (policy == .maxCompat ? ["x", "y"] : ["x"]))
        // A second offer of the same kind finds all as it was.
        let (ids, fragments) = (b.transportIDs, b.localFragments)
        try b.setRemote(offer)
        try b.setLocal(nil)
        #expect(b.transportIDs == ids && b.localFragments == fragments)
    }

    @Test("with max-bundle a peer that does not bundle may take one section, and no other")
    func maxBundle() throws {
        var (a, b) = (try Negotiations.make(1, policy: .maxBundle), try Negotiations.make(2, policy: .maxCompat))
        for kind in MediaKind.allCases { a.addTransceiver(kind) }
        try a.setLocal(nil)
        try b.setRemote(Unbundled.text(#require(a.local).description))
        try b.setLocal(nil)
        let answer = try #require(b.local)
        #expect(answer.document.media.map(\.isRejected) == [false, true])
        var accepting = answer.document
        accepting.media[1] = accepting.media[0]
        (accepting.media[1].mid, accepting.media[1].kind) = ("1", .video)
        #expect(
            code { try a.setRemote(SessionDescription(type: .answer, sdp: accepting.serialized())) } == .invalidAccess)
        #expect(a.signalingState == .haveLocalOffer)
        try a.setRemote(answer.description)
        #expect(a.transportIDs.map(a.mids) == [["0"]] && a.transceivers.compactMap(\.mid) == ["0"])
    }

    @Test("an answer that bundles what was not offered so, or unbundles what has one transport, is refused")
    func wrong() throws {
        var (a, b) = try unbundled()
        try a.setLocal(nil)
        try b.setRemote(#require(a.local).description)
        try b.setLocal(nil)
        var answer = try #require(b.local).document
        answer.groups = [GroupAttribute(mids: ["0", "1"])]
        #expect(code { try a.setRemote(SessionDescription(type: .answer, sdp: answer.serialized())) } == .invalidAccess)
        (a, b) = try Negotiations.agreed()
        a.addTransceiver(.audio)
        try a.setLocal(nil)
        try b.setRemote(#require(a.local).description)
        try b.setLocal(nil)
        answer = try #require(b.local).document
        answer.groups = [GroupAttribute(mids: ["0"])]
        #expect(code { try a.setRemote(SessionDescription(type: .answer, sdp: answer.serialized())) } == .invalidAccess)
    }

    @Test("a restart restarts all; one that the peer makes of one transport leaves the other's request open")
    func restart() throws {
        var (a, b) = try unbundled()
        let (ids, before) = (a.transportIDs, a.localFragments)
        try a.setLocal(a.createOffer(OfferOptions(iceRestart: true)))
        try Unbundled.answer(&b, to: &a)
        #expect(a.transportIDs == ids && Set(a.localFragments).isDisjoint(with: before))
        try expectComplement(a, b)
        let now = a.localFragments
        a.requestRestart()
        var offer = try SDPDocument(parsing: b.createOffer(OfferOptions()).sdp)
        offer.media[0].iceUfrag = "anew"
        try a.setRemote(SessionDescription(type: .offer, sdp: offer.serialized()))
        try a.setLocal(nil)
        #expect(a.localFragments[0] != now[0] && a.localFragments.dropFirst() == now.dropFirst())
        #expect(a.isNegotiationNeeded && a.transportIDs == ids)
    }
}
