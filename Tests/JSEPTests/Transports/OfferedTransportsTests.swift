import SDP
import Testing

@testable import JSEP

@Suite("The transports of offers")
struct OfferedTransportsTests {
    /// Audio, audio, video, data.
    private func make(_ policy: BundlePolicy) throws -> Negotiation {
        var negotiation = try Negotiations.make(1, policy: policy)
        for kind in [MediaKind.audio, .audio, .video] { negotiation.addTransceiver(kind) }
        negotiation.wantsData = true
        return negotiation
    }

    private func offer(_ negotiation: inout Negotiation) throws -> SDPDocument {
        try SDPDocument(parsing: negotiation.createOffer(OfferOptions()).sdp)
    }

    @Test(
        "the policy says which sections have transports of their own (RFC 9429 §4.1.1)",
        arguments: [
            (BundlePolicy.balanced, [["0", "1"], ["2"], ["3"]], ["1"]),
            (.maxCompat, [["0"], ["1"], ["2"], ["3"]], []), (.maxBundle, [["0", "1", "2", "3"]], ["1", "2", "3"]),
        ])
    func policy(policy: BundlePolicy, transports: [[String]], bundleOnly: [String]) throws {
        var a = try make(policy)
        let document = try offer(&a)
        #expect(document.groups == [GroupAttribute(mids: ["0", "1", "2", "3"])])
        #expect(document.media.filter(\.isBundleOnly).compactMap(\.mid) == bundleOnly)
        #expect(document.media.allSatisfy { ($0.port == 0) == $0.isBundleOnly })
        try a.setLocal(nil)
        #expect(a.transportIDs.map(a.mids) == transports)
        for mids in transports {
            let fragments = Set(document.media.filter { mids.contains($0.mid ?? "") }.map(\.iceUfrag))
            #expect(fragments.count == 1)
        }
        #expect(Set(document.media.map(\.iceUfrag)).count == transports.count)
    }

    @Test("with the answer that bundles all one transport is left, and later sections come to it")
    func bundled() throws {
        for policy in BundlePolicy.allCases {
            var (a, b) = (try make(policy), try Negotiations.make(2))
            try a.setLocal(nil)
            let first = a.transportIDs[0]
            try b.setRemote(#require(a.local).description)
            try b.setLocal(nil)
            #expect(b.transportIDs.map(b.mids) == [["0", "1", "2", "3"]])
            try a.setRemote(#require(b.local).description)
            #expect(a.transportIDs == [first] && a.mids(on: first) == ["0", "1", "2", "3"])
            #expect(a.agreement(on: first)?.remote == b.localTransport)
            a.addTransceiver(.video)
            let document = try offer(&a)
            #expect(Set(document.media.map(\.iceUfrag)) == [a.localFragment])
            #expect(document.groups[0].mids == ["0", "1", "2", "3", "4"])
            #expect(document.media[4].isBundleOnly == (policy != .maxCompat))
            try Negotiations.round(&a, &b)
            #expect(a.transportIDs == [first] && b.mids(on: b.transportIDs[0]).count == 5)
        }
    }

    @Test("an offer that is made again has the same transports, and new ones for what is new")
    func again() throws {
        var a = try Negotiations.make(1)
        a.addTransceiver(.audio)
        try a.setLocal(nil)
        let (id, fragment) = (a.transportIDs[0], a.localFragment)
        a.addTransceiver(.audio)
        a.addTransceiver(.video)
        try a.setLocal(nil)
        #expect(a.transportIDs.first == id && a.localFragment == fragment)
        #expect(a.transportIDs.map(a.mids) == [["0", "1"], ["2"]])
        // The first section goes: what was bundled with it takes its transport over.
        a.transceivers[0].wish.isStopping = true
        try a.setLocal(nil)
        #expect(a.transportIDs.first == id && a.transportIDs.map(a.mids) == [["1"], ["2"]])
        #expect(a.local?.document.media.map(\.isBundleOnly) == [false, false, false])
    }

    @Test("rolling back takes away the transports of the offer, and no others")
    func rollback() throws {
        var (a, b) = (try Negotiations.make(1), try Negotiations.make(2))
        a.addTransceiver(.audio)
        try a.setLocal(nil)
        try a.setLocal(SessionDescription(type: .rollback))
        #expect(a.transportIDs.isEmpty)
        try a.setLocal(nil)
        try Unbundled.answer(&b, to: &a)
        let before = a.transportIDs
        a.addTransceiver(.video)
        try a.setLocal(nil)
        #expect(a.transportIDs.count == 2)
        let offer = try #require(a.local).description
        try a.setLocal(SessionDescription(type: .rollback))
        #expect(a.transportIDs == before)
        try a.setLocal(offer)
        #expect(a.transportIDs.map(a.mids) == [["0"], ["1"]])
        // An offer of the peer's takes it back, too.
        try a.setRemote(Unbundled.text(b.createOffer(OfferOptions())))
        #expect(a.transportIDs == before)
    }

    @Test("a provisional answer bundles already, and the final one takes away what is not needed")
    func provisional() throws {
        var (a, b) = (try Negotiations.make(1), try Negotiations.make(2))
        for kind in MediaKind.allCases { a.addTransceiver(kind) }
        try a.setLocal(nil)
        let ids = a.transportIDs
        try b.setRemote(#require(a.local).description)
        try b.setLocal(SessionDescription(type: .pranswer))
        try a.setRemote(#require(b.local).description)
        #expect(a.transportIDs == ids && a.mids(on: ids[0]) == ["0", "1"])
        #expect(a.transportID(ofMid: "1") == ids[0] && a.agreement(on: ids[1]) == nil)
        try b.setLocal(nil)
        try a.setRemote(#require(b.local).description)
        #expect(a.transportIDs == [ids[0]] && b.transportIDs.count == 1)
    }

    @Test("each transport's candidates come into the section that speaks for it, and are surfaced there")
    func candidates() throws {
        var a = try make(.balanced)
        try a.setLocal(nil)
        let line = "candidate:1 1 udp 1 192.0.2.1 5000 typ host"
        let places = a.localFragments.map { a.addLocal(candidate: line, usernameFragment: $0) }
        #expect(places == [.init(mid: "0", index: 0), .init(mid: "2", index: 2), .init(mid: "3", index: 3)])
        #expect(a.local?.document.media.map(\.candidates) == [[line], [], [line], [line]])
        // An offer made anew keeps them.
        #expect(try offer(&a).media.map(\.candidates) == [[line], [], [line], [line]])
    }
}

/// What a peer does that knows nothing of BUNDLE.
enum Unbundled {
    /// The description without its groups.
    static func text(_ description: SessionDescription) throws -> SessionDescription {
        var document = try SDPDocument(parsing: description.sdp)
        document.groups = []
        return SessionDescription(type: description.type, sdp: document.serialized())
    }

    /// A round of offer and answer, in which the groups are lost on the way.
    static func round(_ a: inout Negotiation, _ b: inout Negotiation) throws {
        try a.setLocal(nil)
        try answer(&b, to: &a)
    }

    static func answer(_ b: inout Negotiation, to a: inout Negotiation) throws {
        try b.setRemote(text(#require(a.local).description))
        try b.setLocal(nil)
        try a.setRemote(#require(b.local).description)
    }
}
