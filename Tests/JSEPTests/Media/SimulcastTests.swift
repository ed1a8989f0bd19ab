import SDP
import Testing

@testable import JSEP

/// A section of a peer that knows simulcast.
private func section(
    _ direction: String, _ lines: String..., kind: String = "video", hasStreamIDs: Bool = true
) -> String {
    let formats: [(Int, String?, String?)] =
        kind == "video" ? [(96, "VP8/90000", nil), (97, "rtx/90000", "apt=96")] : [(111, "opus/48000/2", nil)]
    let map = hasStreamIDs ? ["extmap:4 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"] : []
    let more = ([direction] + map + lines).map { "a=\($0)\r\n" }.joined()
    return Negotiations.media(kind, formats: formats, more: more)
}

private func answer(_ section: String) -> SessionDescription {
    SessionDescription(
        type: .answer, sdp: Negotiations.session + section.replacing("setup:actpass", with: "setup:active"))
}

extension Negotiation {
    /// The names of the encodings that the first transceiver sends.
    fileprivate var rids: [String?] { transceivers[0].encodings.map(\.rid) }
    fileprivate var section: MediaDescription? { local?.document.media.first }
}

extension MediaDescription {
    fileprivate var ridLines: [String] { rids.map(\.attributeValue) }
}

@Suite("Encodings that addTransceiver asks for (W3C §5.1)")
struct EncodingWishTests {
    private func names(_ rids: [String?], of kind: MediaKind = .video) throws -> [String?] {
        try EncodingWish.names(rids.map { EncodingWish(rid: $0) }, of: kind)
    }

    @Test("a name is 1 to 255 letters and digits, all have one or none, and no two the same")
    func validation() throws {
        let long = String(repeating: "a", count: 255)
        #expect(try names(["f", long, "Zz09"]) == ["f", long, "Zz09"])
        for wrong in ["", "@", "a b", "a-b", "a_b", "~a", "a;b", "ä", long + "a"] {
            #expect(code { _ = try names(["f", wrong]) } == .type, "\(wrong)")
            #expect(code { _ = try names([wrong]) } == .type)
            #expect(code { _ = try names([wrong], of: .audio) } == .type)
        }
        #expect(code { _ = try names(["f", nil]) } == .type)
        #expect(code { _ = try names(["f", "h", "f"]) } == .type)
        var a = try Negotiations.make()
        #expect(code { try a.addTransceiver(.video, encodings: [EncodingWish(rid: "?")]) } == .type)
        #expect(a.transceivers.isEmpty)
    }

    @Test("a lone encoding needs no name, those that are too many are left out, and of sound there is one")
    func trimming() throws {
        #expect(try names([]) == [nil] && names(["f"]) == [nil] && names([nil]) == [nil])
        #expect(try names((0..<20).map { "r\($0)" }) == (0..<8).map { "r\($0)" })
        #expect(try names([nil, nil, nil]) == ["0", "1", "2"])
        #expect(try names(["f", "h"], of: .audio) == [nil])
    }

    @Test("the sources of all encodings are different")
    func sources() throws {
        var a = try Negotiations.make()
        let id = try a.addTransceiver(.video, encodings: ["f", "h", "q"].map { EncodingWish(rid: $0) })
        let sources = try #require(a[transceiver: id]).encodings.flatMap { [$0.ssrc, $0.repairSSRC] }
        #expect(Set(sources).count == 6)
    }
}

@Suite("Sending simulcast (RFC 8853)")
struct SimulcastSendingTests {
    private func offering(_ rids: [String] = ["f", "h", "q"]) throws -> Negotiation {
        var a = try Negotiations.make()
        try a.addTransceiver(.video, encodings: rids.map { EncodingWish(rid: $0) })
        try a.setLocal(nil)
        return a
    }

    @Test("an offer names the encodings in their order, and no sources")
    func offer() throws {
        let section = try #require(offering().section)
        #expect(section.ridLines == ["f send", "h send", "q send"])
        #expect(section.simulcast?.attributeValue == "send f;h;q")
        #expect(section.ssrcs.isEmpty && section.ssrcGroups.isEmpty && !section.msids.isEmpty)
        let lone = try #require(offering(["f"]).section)
        #expect(lone.rids.isEmpty && lone.simulcast == nil && !lone.ssrcs.isEmpty)
    }

    @Test(
        "an answer leaves those that it names, in our order (W3C §4.4.1.5)",
        arguments: [
            ("recv f;h;q", ["f", "h", "q"]), ("recv q;f", ["f", "q"]), ("recv h", ["h"]), ("recv ~f;h", ["f", "h"]),
            ("recv x;h;y", ["h"]), ("recv x;y", ["f"]), ("send f;h;q", ["f"]), ("nonsense", ["f"]),
            ("recv f;f;q send z", ["f", "q"]),
        ])
    func answered(simulcast: String, left: [String]) throws {
        var a = try offering()
        let sources = Dictionary(a.transceivers[0].encodings.map { ($0.rid, $0.ssrc) }) { first, _ in first }
        try a.setRemote(answer(section("recvonly", "simulcast:\(simulcast)")))
        #expect(a.rids == left)
        #expect(a.transceivers[0].encodings.allSatisfy { sources[$0.rid] == $0.ssrc })
        #expect(a.plan.media["0"]?.encodings == a.transceivers[0].encodings)
        // What is gone does not come back.
        let again = try SDPDocument(parsing: a.createOffer(OfferOptions()).sdp).media[0]
        #expect(again.ridLines == (left.count > 1 ? left.map { "\($0) send" } : []))
        #expect(again.ssrcs.isEmpty == (left.count > 1))
        #expect(!a.isNegotiationNeeded)
    }

    @Test("an answer without simulcast, or whose packets could not tell their encoding, leaves the first")
    func unsupported() throws {
        for text in [
            section("recvonly"), section("recvonly", "rid:f recv", "rid:h recv"),
            section("recvonly", "simulcast:recv f;h;q", hasStreamIDs: false),
        ] {
            var a = try offering()
            try a.setRemote(answer(text))
            #expect(a.rids == ["f"])
        }
    }

    @Test("an answer that receives nothing says nothing of the encodings, nor does another direction of ours")
    func held() throws {
        var a = try offering()
        try a.setRemote(answer(section("inactive")))
        #expect(a.rids == ["f", "h", "q"])
        a.transceivers[0].wish.direction = .inactive
        try a.setLocal(nil)
        #expect(a.section?.rids.isEmpty == true && a.section?.simulcast == nil)
        try a.setRemote(answer(section("inactive")))
        a.transceivers[0].wish.direction = .sendonly
        try a.setLocal(nil)
        #expect(a.section?.simulcast?.attributeValue == "send f;h;q")
    }

    @Test("a provisional answer makes them fewer, and no other brings them back")
    func provisional() throws {
        var a = try offering()
        var first = answer(section("recvonly", "simulcast:recv f;h"))
        first.type = .pranswer
        try a.setRemote(first)
        #expect(a.rids == ["f", "h"])
        try a.setRemote(answer(section("recvonly", "simulcast:recv f;h;q")))
        #expect(a.rids == ["f", "h"])
        var b = try offering()
        try b.setRemote(first)
        b.rollBack()
        #expect(b.rids == ["f", "h"])
    }

    @Test("who answers takes the encodings that the offer asks for, in its order, and sends them once it sends")
    func proposed() throws {
        let offer = Negotiations.offer(
            section("recvonly", "rid:foo recv", "rid:bar recv", "rid:baz recv", "simulcast:recv foo;bar,x;~baz"))
        var b = try Negotiations.make()
        let id = b.addTrackTransceiver(.video)
        let source = b[transceiver: id]?.encodings
        try b.setRemote(offer)
        #expect(b.rids == ["foo", "bar", "baz"] && b.transceivers[0].encodings[0].ssrc == source?[0].ssrc)
        try b.setLocal(nil)
        let section = try #require(b.section)
        #expect(section.ridLines == ["foo send", "bar send", "baz send"] && section.ssrcs.isEmpty)
        #expect(section.simulcast?.attributeValue == "send foo;bar;baz")
        #expect(b.plan.media["0"]?.encodings.map(\.rid) == ["foo", "bar", "baz"])
        #expect(b.plan.media["0"]?.receivedRIDs == [])

        // One that is new receives only, and has them when it begins to send.
        var c = try Negotiations.make()
        try c.setRemote(offer)
        #expect(c.rids == ["foo", "bar", "baz"])
        c.transceivers[0].wish.direction = .sendonly
        try c.setLocal(nil)
        #expect(c.section?.simulcast?.attributeValue == "send foo;bar;baz")
    }

    @Test("what an offer asks for is not agreed on before the answer, and goes with the offer")
    func rollback() throws {
        var b = try Negotiations.make()
        b.addTrackTransceiver(.video)
        try b.setRemote(Negotiations.offer(section("recvonly")))
        try b.setLocal(nil)
        let source = b.transceivers[0].encodings
        try b.setRemote(Negotiations.offer(section("recvonly", "simulcast:recv a;b")))
        #expect(b.rids == ["a", "b"] && b.plan.media["0"]?.encodings == source)
        try b.setRemote(SessionDescription(type: .rollback))
        #expect(b.transceivers[0].encodings == source)
        try b.setRemote(Negotiations.offer(section("recvonly", "simulcast:recv a;b")))
        try b.setLocal(nil)
        #expect(b.rids == ["a", "b"] && b.plan.media["0"]?.encodings.count == 2)
        // Agreed on: another offer makes them fewer, and never more or others.
        try b.setRemote(Negotiations.offer(section("recvonly", "simulcast:recv c;b;a")))
        #expect(b.rids == ["a", "b"])
        try b.setLocal(nil)
        #expect(b.rids == ["a", "b"] && b.section?.simulcast?.attributeValue == "send a;b")
        try b.setRemote(Negotiations.offer(section("recvonly")))
        #expect(b.rids == ["a", "b"])
        try b.setLocal(nil)
        #expect(b.rids == ["a"] && b.section?.rids.isEmpty == true && b.section?.ssrcs.isEmpty == false)
        try b.setRemote(Negotiations.offer(section("recvonly", "simulcast:recv a;b")))
        #expect(b.rids == ["a"])
    }

    @Test("an offer of the peer's makes fewer of what was agreed on, with the answer (W3C §4.4.1.5)")
    func narrowed() throws {
        var a = try offering(["foo", "bar"])
        try a.setRemote(answer(section("recvonly", "simulcast:recv foo;bar")))
        try a.setRemote(Negotiations.offer(section("recvonly", "rid:foo recv", "simulcast:recv foo")))
        #expect(a.rids == ["foo", "bar"] && a.plan.media["0"]?.encodings.count == 2)
        try a.setLocal(nil)
        #expect(a.rids == ["foo"] && a.section?.simulcast?.attributeValue == "send foo")
        #expect(a.plan.media["0"]?.encodings.map(\.rid) == ["foo"])
    }

    @Test("a section is answered with its a=simulcast also where a=rid is spelled otherwise or missing")
    func withoutLines() throws {
        // As in the W3C's test of `~`, which changes the line of the rid.
        var b = try Negotiations.make()
        try b.setRemote(
            Negotiations.offer(section("recvonly", "rid:foo recv", "rid:~bar recv", "simulcast:recv foo;bar;baz")))
        b.transceivers[0].wish.direction = .sendonly
        try b.setLocal(nil)
        #expect(b.rids == ["foo", "bar", "baz"])
        #expect(b.section?.simulcast?.attributeValue == "send foo;bar;baz")
    }

    @Test("names that are none are passed over, as are those said twice and those beyond eight; sound has no encodings")
    func oddRequests() throws {
        let many = (0..<20).map { "r\($0)" }.joined(separator: ";")
        for (simulcast, names) in [
            ("recv a;a;b", ["a", "b"]), ("recv a-b;b", ["b"]), ("recv a?,c;b", ["c", "b"]), ("recv \(many)", nil),
            ("recv ?", [nil]), ("recv ;;", [nil]), ("recv", [nil]), ("send a;b", [nil]),
        ] as [(String, [String?]?)] {
            var b = try Negotiations.make()
            b.addTrackTransceiver(.video)
            try b.setRemote(Negotiations.offer(section("recvonly", "simulcast:\(simulcast)")))
            #expect(b.rids == names ?? (0..<8).map { "r\($0)" })
        }
        var b = try Negotiations.make()
        b.addTrackTransceiver(.audio)
        try b.setRemote(Negotiations.offer(section("recvonly", "simulcast:recv a;b", kind: "audio")))
        #expect(b.rids == [nil])
        var c = try Negotiations.make()
        c.addTrackTransceiver(.video)
        try c.setRemote(Negotiations.offer(section("recvonly", "simulcast:recv a;b", hasStreamIDs: false)))
        #expect(c.rids == [nil])
    }
}

@Suite("Receiving simulcast (RFC 8853)")
struct SimulcastReceivingTests {
    @Test("an answer takes all encodings that the offer sends, with what it says of them")
    func answer() throws {
        var b = try Negotiations.make()
        try b.setRemote(
            Negotiations.offer(
                section(
                    "sendonly", "rid:h send pt=96;max-width=1280", "rid:m send pt=99,96", "rid:l send",
                    "rid:x send pt=99", "simulcast:send h;m,n;~l;x;z")))
        try b.setLocal(nil)
        let section = try #require(b.section)
        #expect(section.ridLines == ["h recv pt=96;max-width=1280", "m recv pt=96", "l recv", "z recv"])
        #expect(section.simulcast?.attributeValue == "recv h;m;l;z")
        let plan = try #require(b.plan.media["0"])
        #expect(plan.receivedRIDs == ["h", "m", "l", "z"] && plan.remote.rids.map(\.id) == ["h", "m", "l", "x"])
        #expect(plan.direction == .recvonly)
    }

    @Test("our own offers go on to ask for them, so that the peer does not take them back")
    func renegotiation() throws {
        let offer = Negotiations.offer(section("sendonly", "rid:h send", "rid:l send", "simulcast:send h;l"))
        var b = try Negotiations.make()
        try b.setRemote(offer)
        try b.setLocal(nil)
        try b.setLocal(nil)
        #expect(b.section?.ridLines == ["h recv", "l recv"] && b.section?.simulcast?.attributeValue == "recv h;l")
        try b.setRemote(JSEPTests.answer(section("sendonly", "rid:l send", "simulcast:send l")))
        #expect(b.plan.media["0"]?.receivedRIDs == ["l"])
        // While nothing comes nothing is said of them.
        b.transceivers[0].wish.direction = .inactive
        try b.setLocal(nil)
        #expect(b.section?.rids.isEmpty == true)
        try b.setRemote(JSEPTests.answer(section("inactive")))
        b.transceivers[0].wish.direction = .recvonly
        try b.setLocal(nil)
        #expect(b.section?.ridLines == ["l recv"])
        try b.setRemote(JSEPTests.answer(section("sendonly")))
        #expect(b.plan.media["0"]?.receivedRIDs == [])
    }

    @Test("nothing is answered where nothing is received, or packets could not tell their encoding")
    func none() throws {
        for text in [
            section("inactive", "rid:h send", "rid:l send", "simulcast:send h;l"),
            section("sendonly", "rid:h send", "rid:l send", "simulcast:send h;l", hasStreamIDs: false),
            section("sendonly", "rid:h send", "rid:l send"),
            section("sendonly", "rid:h send", "rid:l send", "simulcast:send h;l", kind: "audio"),
        ] {
            var b = try Negotiations.make()
            try b.setRemote(Negotiations.offer(text))
            try b.setLocal(nil)
            #expect(b.section?.rids.isEmpty == true && b.section?.simulcast == nil)
        }
    }

    @Test("two of us agree on the encodings of both directions, whoever asks for them")
    func pair() throws {
        var (a, b) = (try Negotiations.make(1), try Negotiations.make(2))
        try a.addTransceiver(.video, encodings: ["x", "y"].map { EncodingWish(rid: $0) })
        a.transceivers[0].wish.receivedRIDs = ["h", "not a name", "m", "l"]
        b.addTrackTransceiver(.video)
        try a.setLocal(nil)
        #expect(a.section?.simulcast?.attributeValue == "send x;y recv h;m;l")
        try b.setRemote(#require(a.local).description)
        try b.setLocal(nil)
        #expect(b.section?.simulcast?.attributeValue == "send h;m;l recv x;y")
        try a.setRemote(#require(b.local).description)
        let (ours, theirs) = (try #require(a.plan.media["0"]), try #require(b.plan.media["0"]))
        #expect(ours.encodings.map(\.rid) == theirs.receivedRIDs && theirs.receivedRIDs == ["x", "y"])
        #expect(theirs.encodings.map(\.rid) == ours.receivedRIDs && ours.receivedRIDs == ["h", "m", "l"])
        try Negotiations.round(&b, &a)
        #expect(a.plan.media["0"]?.encodings == ours.encodings && b.plan.media["0"]?.encodings == theirs.encodings)
        #expect(a.plan.media["0"]?.receivedRIDs == ours.receivedRIDs)
        #expect(b.plan.media["0"]?.receivedRIDs == theirs.receivedRIDs)
    }
}
