import SDP
import Testing

@testable import JSEP

@Suite("How arrivals are told, in offers and answers")
struct FeedbackNegotiationTests {
    private static let uri = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
    private static let wide = "a=rtcp-fb:111 transport-cc\r\na=extmap:3 \(uri)\r\n"
    private static let source = "a=rtcp-fb:* ack ccfb\r\n"

    private func feedback(_ section: MediaDescription) -> Set<String> {
        Set(section.rtcpFeedbacks.map { "\($0.payloadType.map { "\($0)" } ?? "*") \($0.feedback)" })
    }

    /// The sections of the answer to sound with these lines.
    private func answer(_ more: String...) throws -> [MediaDescription] {
        let sections = more.enumerated().map {
            Negotiations.media("audio", mid: "\($0.offset)", more: "a=sendrecv\r\n" + $0.element)
        }
        var b = try Negotiations.make()
        let group = "a=group:BUNDLE " + more.indices.map { "\($0)" }.joined(separator: " ") + "\r\n"
        try b.setRemote(SessionDescription(type: .offer, sdp: Negotiations.session + group + sections.joined()))
        try b.setLocal(nil)
        return try #require(b.local).document.media
    }

    @Test("both are offered in each section, by source for all payload types at once (RFC 8888 §6)")
    func offer() throws {
        var a = try Negotiations.make()
        for kind in MediaKind.allCases { a.addTransceiver(kind) }
        a.wantsData = true
        try a.setLocal(nil)
        for section in try #require(a.local).document.media {
            let lines = feedback(section).filter { $0.hasSuffix("ccfb") }
            #expect(lines == (section.kind == .application ? [] : ["* ack ccfb"]))
            let isWide = feedback(section).contains { $0.hasSuffix("transport-cc") }
            #expect(isWide == (section.kind != .application))
        }
    }

    @Test("of both an answer has the one by source, and no header extension for the other")
    func both() throws {
        let section = try answer(Self.wide + Self.source)[0]
        #expect(feedback(section) == ["* ack ccfb"] && section.extensionMaps.isEmpty)
    }

    @Test("it is taken for one payload type, too, and answered for all")
    func single() throws {
        let section = try answer(Self.wide + "a=rtcp-fb:111 ack ccfb\r\n")[0]
        #expect(feedback(section) == ["* ack ccfb"] && section.extensionMaps.isEmpty)
    }

    @Test("what was not offered is not answered")
    func one() throws {
        let wide = try answer(Self.wide)[0]
        #expect(feedback(wide) == ["111 transport-cc"] && wide.extensionMaps.map(\.uri) == [Self.uri])
        #expect(try feedback(answer(Self.source)[0]) == ["* ack ccfb"])
        #expect(try feedback(answer("")[0]).isEmpty)
        #expect(try feedback(answer("a=rtcp-fb:* ack\r\na=rtcp-fb:* ccfb\r\na=rtcp-fb:* ack rpsi\r\n")[0]).isEmpty)
    }

    @Test("a transport has one way for all of it: where a section only has the numbers, these are answered")
    func mixed() throws {
        let sections = try answer(Self.wide + Self.source, Self.wide, Self.source, "")
        #expect(sections.map(feedback) == [["111 transport-cc"], ["111 transport-cc"], ["* ack ccfb"], []])
        #expect(sections.map { $0.extensionMaps.isEmpty } == [false, false, true, true])
        let others = try answer(Self.wide + Self.source, Self.source, "")
        #expect(others.map(feedback) == [["* ack ccfb"], ["* ack ccfb"], []])
    }

    @Test("two of us agree on the one by source, whoever offers, and go on with it in later rounds")
    func agreed() throws {
        var (a, b) = (try Negotiations.make(1), try Negotiations.make(2))
        for kind in MediaKind.allCases { a.addTransceiver(kind) }
        try Negotiations.round(&a, &b)
        try Negotiations.round(&b, &a)
        try Negotiations.round(&a, &b)
        for plan in [a, b].flatMap({ $0.plan.media.values }) {
            let feedback = [plan.local, plan.remote].map { Set($0.codecs.flatMap(\.feedback)) }
            #expect(feedback.allSatisfy { $0.contains("ack ccfb") })
            #expect(!feedback[0].intersection(feedback[1]).contains("transport-cc"))
            #expect(plan.local.codecs.allSatisfy { $0.feedback.contains("ack ccfb") }, "of retransmissions, too")
        }
    }

    @Test("with a peer that does not know it all is as before")
    func unknown() throws {
        var (a, b) = (try Negotiations.make(1), try Negotiations.make(2))
        a.addTransceiver(.audio)
        try a.setLocal(nil)
        let offer = try #require(a.local).description
        let known = offer.sdp.replacing("a=rtcp-fb:* ack ccfb\r\n", with: "")
        #expect(known != offer.sdp)
        try b.setRemote(SessionDescription(type: .offer, sdp: known))
        try b.setLocal(nil)
        let answer = try #require(b.local).description
        #expect(!answer.sdp.contains("ccfb") && answer.sdp.contains("transport-cc"))
        try a.setRemote(answer)
        let plan = try #require(a.plan.media["0"])
        #expect(plan.remote.codecs[0].feedback == ["transport-cc"])
        #expect(plan.remote.extensions.contains { $0.uri == Self.uri })
    }
}
