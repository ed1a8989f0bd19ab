import SDP
import Testing

@testable import JSEP

@Suite("Trickled candidates in descriptions")
struct NegotiationCandidateTests {
    private static let line = "candidate:1 1 udp 2113937151 192.0.2.1 54400 typ host"

    private func withOffer() throws -> Negotiation {
        var negotiation = try Negotiations.make()
        try negotiation.setRemote(
            Negotiations.offer(Negotiations.data(mid: "x"), Negotiations.data(mid: "y", ufrag: "efgh")))
        return negotiation
    }

    private func candidates(_ negotiation: Negotiation) -> [[String]] {
        negotiation.remote?.document.media.map(\.candidates) ?? []
    }

    @Test("without a remote description there is nowhere to put one (CND-07)")
    func noDescription() throws {
        var negotiation = try Negotiations.make()
        #expect(code { try negotiation.addRemote(.init(candidate: Self.line, sdpMid: "0")) } == .invalidState)
        #expect(code { try negotiation.addRemote(.init()) } == .invalidState)
    }

    @Test("by mid, by index or by both it comes into that very section (CND-10, 11)")
    func sections() throws {
        var negotiation = try withOffer()
        try negotiation.addRemote(.init(candidate: Self.line, sdpMid: "x"))
        #expect(candidates(negotiation) == [[Self.line], []])
        let other = Self.line.replacing("54400", with: "54401")
        try negotiation.addRemote(.init(candidate: "a=" + other, sdpMLineIndex: 1))
        // Where both are given the mid decides (W3C §4.8.1.2).
        try negotiation.addRemote(.init(candidate: Self.line, sdpMid: "y", sdpMLineIndex: 0))
        try negotiation.addRemote(.init(candidate: Self.line, sdpMid: "y", usernameFragment: "efgh"))
        #expect(candidates(negotiation) == [[Self.line], [other, Self.line]])
    }

    @Test("one with text that is dear to compare is refused")
    func dear() throws {
        var negotiation = try withOffer()
        let marks = "x" + String(repeating: "\u{301}\u{323}", count: 16)
        for candidate: ICECandidateInit in [
            .init(candidate: Self.line, sdpMid: marks), .init(candidate: Self.line + " " + marks + " 1", sdpMid: "x"),
            .init(candidate: Self.line, sdpMid: "x", usernameFragment: marks),
        ] {
            #expect(code { try negotiation.addRemote(candidate) } == .operation)
        }
        #expect(candidates(negotiation) == [[], []])
    }

    @Test("an empty mid is none: the index beside it counts, and the end of candidates is that of all sections")
    func emptyMid() throws {
        var negotiation = try withOffer()
        try negotiation.addRemote(.init(candidate: Self.line, sdpMid: "", sdpMLineIndex: 1))
        #expect(candidates(negotiation) == [[], [Self.line]])
        #expect(
            code { try negotiation.addRemote(.init(candidate: Self.line, sdpMid: "", sdpMLineIndex: 2)) } == .operation)
        try negotiation.addRemote(.init(candidate: "", sdpMid: "", sdpMLineIndex: 1))
        #expect(negotiation.remote?.document.media.map(\.hasEndOfCandidates) == [false, true])
        try negotiation.addRemote(.init(candidate: "", sdpMid: ""))
        #expect(negotiation.remote?.document.media.map(\.hasEndOfCandidates) == [true, true])
    }

    @Test(
        "what peers write beyond the grammar is taken, and told on as the grammar has it (RFC 8839 §5.1)",
        arguments: [
            ("fe80::1%eth0", "fe80::1"), ("[2001:db8::1]", "2001:db8::1"), ("printer.example", "printer.example"),
        ])
    func liberal(address: String, told: String) throws {
        var negotiation = try withOffer()
        let line = Self.line.replacing("192.0.2.1", with: address) + " generation"
        try negotiation.addRemote(.init(candidate: line, sdpMid: "x"))
        #expect(candidates(negotiation)[0] == [Self.line.replacing("192.0.2.1", with: told)])
        try negotiation.addRemote(.init(candidate: Self.line.replacing("udp", with: "quic") + " x y", sdpMid: "x"))
        #expect(candidates(negotiation)[0].count == 2)
    }

    @Test("one that names no section is a TypeError, whatever its text (CND-13)")
    func nowhere() throws {
        var negotiation = try withOffer()
        for text in [Self.line, "garbage"] {
            #expect(code { try negotiation.addRemote(.init(candidate: text, usernameFragment: "abcd")) } == .type)
        }
        var fresh = try Negotiations.make()
        #expect(code { try fresh.addRemote(.init(candidate: "garbage")) } == .type)
    }

    @Test(
        "an unknown section or fragment, or a text that is no candidate, is an OperationError (CND-14, 16, 17)",
        arguments: [
            ICECandidateInit(candidate: line, sdpMid: "z"), ICECandidateInit(candidate: line, sdpMid: ""),
            ICECandidateInit(candidate: line, sdpMLineIndex: 2),
            ICECandidateInit(candidate: line, sdpMLineIndex: 65535),
            ICECandidateInit(candidate: line, sdpMid: "x", usernameFragment: "none"),
            ICECandidateInit(candidate: line, sdpMid: "x", usernameFragment: "efgh"),
            ICECandidateInit(candidate: line, sdpMLineIndex: 0, usernameFragment: "efgh"),
            ICECandidateInit(usernameFragment: "none"),
            ICECandidateInit(candidate: "(Invalid) candidate \(line)", sdpMid: "x"),
            ICECandidateInit(candidate: "garbage", sdpMid: "x"),
            ICECandidateInit(candidate: line + "\r\na=ice-lite", sdpMid: "x"),
            ICECandidateInit(candidate: line.replacing("54400", with: "99999"), sdpMid: "x"),
            ICECandidateInit(candidate: String(repeating: "x ", count: 5000), sdpMid: "x"),
        ])
    func refused(candidate: ICECandidateInit) throws {
        var negotiation = try withOffer()
        #expect(code { try negotiation.addRemote(candidate) } == .operation)
        #expect(candidates(negotiation) == [[], []])
        #expect(negotiation.remote?.document.media.contains { $0.hasEndOfCandidates } == false)
    }

    @Test("the end of candidates is of one section, or of all (CND-08, 12)")
    func end() throws {
        var negotiation = try withOffer()
        try negotiation.addRemote(.init(candidate: Self.line, sdpMid: "y"))
        try negotiation.addRemote(.init(sdpMid: "y"))
        #expect(negotiation.remote?.document.media.map(\.hasEndOfCandidates) == [false, true])
        #expect(candidates(negotiation) == [[], [Self.line]])
        try negotiation.addRemote(.init())
        #expect(negotiation.remote?.document.media.map(\.hasEndOfCandidates) == [true, true])
        var other = try withOffer()
        try other.addRemote(.init(usernameFragment: "abcd"))
        #expect(other.remote?.document.media.map(\.hasEndOfCandidates) == [true, false])
    }

    @Test("the same candidate twice is one, and a section takes a bounded number")
    func bound() throws {
        var negotiation = try withOffer()
        for index in 0..<AppliedDescription.maximumCandidates {
            let line = Self.line.replacing("54400", with: "\(10_000 + index)")
            for _ in 0..<2 { try negotiation.addRemote(.init(candidate: line, sdpMid: "x")) }
        }
        #expect(candidates(negotiation)[0].count == AppliedDescription.maximumCandidates)
        #expect(code { try negotiation.addRemote(.init(candidate: Self.line, sdpMid: "x")) } == .operation)
        #expect(candidates(negotiation)[0].count == AppliedDescription.maximumCandidates)
    }

    @Test("what comes during a later offer belongs to both descriptions if they have the same credentials")
    func bothDescriptions() throws {
        var (a, b) = try Negotiations.agreed()
        try a.setLocal(nil)
        try b.setRemote(#require(a.local).description)
        try b.addRemote(.init(candidate: Self.line, sdpMid: "0"))
        #expect(b.pendingRemote?.document.media[0].candidates == [Self.line])
        #expect(b.currentRemote?.document.media[0].candidates == [Self.line])
        #expect(b.remoteTransport?.candidates == [Self.line])
        try b.setRemote(SessionDescription(type: .rollback))
        #expect(b.remoteTransport?.candidates == [Self.line])
    }

    @Test("during a restart each goes to the description with its credentials; without a name to the newest")
    func duringRestart() throws {
        var (a, b) = try Negotiations.agreed()
        let old = a.localFragment
        try a.setLocal(a.createOffer(OfferOptions(iceRestart: true)))
        try b.setRemote(#require(a.local).description)
        let other = Self.line.replacing("54400", with: "54401")
        try b.addRemote(.init(candidate: Self.line, sdpMid: "0", usernameFragment: old))
        try b.addRemote(.init(candidate: other, sdpMid: "0"))
        #expect(b.currentRemote?.document.media[0].candidates == [Self.line])
        #expect(b.pendingRemote?.document.media[0].candidates == [other])
    }

    @Test("one for a section that was refused is taken and not used (CND-26)")
    func refusedSection() throws {
        var negotiation = try Negotiations.make()
        try negotiation.setRemote(Negotiations.offer(Negotiations.unused(), Negotiations.data()))
        try negotiation.setLocal(nil)
        try negotiation.addRemote(.init(candidate: Self.line, sdpMid: "a"))
        #expect(negotiation.remoteTransport?.candidates == [])
        var stopped = try Negotiations.make()
        try stopped.setRemote(Negotiations.offer(Negotiations.unused(port: 0), Negotiations.data()))
        try stopped.addRemote(.init(candidate: Self.line, sdpMid: "a"))
        #expect(stopped.remote?.document.media[0].candidates == [])
    }

    @Test("a local candidate comes into the descriptions that have its credentials")
    func local() throws {
        var (a, _) = try Negotiations.agreed()
        let old = try #require(a.localFragment)
        try a.setLocal(a.createOffer(OfferOptions(iceRestart: true)))
        let new = try #require(a.localFragment)
        a.addLocal(candidate: Self.line, usernameFragment: new)
        #expect(a.pendingLocal?.document.media[0].candidates == [Self.line])
        #expect(a.currentLocal?.document.media[0].candidates == [])
        a.addLocal(candidate: nil, usernameFragment: old)
        #expect(a.currentLocal?.document.media[0].hasEndOfCandidates == true)
        #expect(a.pendingLocal?.document.media[0].hasEndOfCandidates == false)
        var empty = try Negotiations.make()
        empty.addLocal(candidate: Self.line, usernameFragment: "abcd")
        #expect(empty.local == nil)
    }

    @Test("an offer that is set has what was gathered since it was made, too")
    func gatheredSince() throws {
        var a = try Negotiations.make()
        a.wantsData = true
        try a.setLocal(nil)
        let fragment = try #require(a.localFragment)
        let lines = (1...2).map { "candidate:\($0) 1 udp 1 192.0.2.1 \(5000 + $0) typ host" }
        a.addLocal(candidate: lines[0], usernameFragment: fragment)
        let offer = try a.createOffer(OfferOptions())
        a.addLocal(candidate: lines[1], usernameFragment: fragment)
        a.addLocal(candidate: nil, usernameFragment: fragment)
        try a.setLocal(offer)
        let section = try #require(a.pendingLocal?.document.media.first)
        #expect(section.candidates == lines && section.hasEndOfCandidates)
    }
}
