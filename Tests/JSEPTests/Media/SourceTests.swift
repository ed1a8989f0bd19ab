import SDP
import Testing

@testable import JSEP

@Suite("Sources of senders in descriptions")
struct SourceTests {
    private func ours(_ negotiation: Negotiation) throws -> [MediaDescription] {
        try #require(negotiation.local).document.media
    }

    private func lines(_ section: MediaDescription) -> [String] {
        section.ssrcGroups.map(\.attributeValue) + section.ssrcs.map(\.attributeValue)
    }

    @Test("an offer announces the source of each section that may send, and what repairs it (RFC 5576 §4)")
    func offer() throws {
        var a = try Negotiations.make()
        let audio = a.addTransceiver(.audio, streams: ["s", "t"], senderID: "x")
        let video = a.addTransceiver(.video, direction: .sendonly, senderID: "y")
        a.addTransceiver(.video, direction: .recvonly)
        a.addTransceiver(.audio, direction: .inactive)
        try a.setLocal(nil)
        let sections = try ours(a)
        let cname = a.parameters.cname
        let source = try #require(a[transceiver: audio]?.encodings.first)
        #expect(lines(sections[0]) == ["\(source.ssrc) cname:\(cname)", "\(source.ssrc) msid:s x"])
        let (n, r) = try #require(a[transceiver: video]?.encodings.first.map { ($0.ssrc, $0.repairSSRC) })
        let expected = [
            "FID \(n) \(r)", "\(n) cname:\(cname)", "\(n) msid:- y", "\(r) cname:\(cname)", "\(r) msid:- y",
        ]
        #expect(lines(sections[1]) == expected)
        #expect(lines(sections[2]).isEmpty && lines(sections[3]).isEmpty)
    }

    @Test("an answer announces sources where it sends, and rtx only where both know it")
    func answer() throws {
        let formats: [(Int, String?, String?)] = [(96, "VP8/90000", nil), (97, "rtx/90000", "apt=96")]
        for (direction, isRepaired, count) in [
            ("sendrecv", true, 4), ("sendrecv", false, 2), ("recvonly", true, 4), ("sendonly", true, 0),
        ] {
            var b = try Negotiations.make()
            b.addTrackTransceiver(.video)
            let section = Negotiations.media(
                "video", formats: isRepaired ? formats : [formats[0]], more: "a=\(direction)\r\n")
            try b.setRemote(Negotiations.offer(section))
            try b.setLocal(nil)
            let answer = try ours(b)[0]
            #expect(answer.ssrcs.count == count && answer.ssrcGroups.isEmpty == (count < 4))
        }
    }

    @Test("sources are the same in all descriptions, and once it has sent also in those where it pauses")
    func kept() throws {
        var (a, b) = (try Negotiations.make(1), try Negotiations.make(2))
        let id = a.addTransceiver(.video)
        try Negotiations.round(&a, &b)
        let first = try ours(a)[0]
        let source = a[transceiver: id]?.encodings
        #expect(a.plan.media["0"]?.encodings == source && source?.count == 1)
        a[transceiver: id]?.wish.direction = .inactive
        try Negotiations.round(&a, &b)
        #expect(try lines(ours(a)[0]) == lines(first))
        #expect(try ours(b)[0].ssrcs.isEmpty)
        a[transceiver: id]?.wish.direction = .sendonly
        try Negotiations.round(&b, &a)
        #expect(try lines(ours(a)[0]) == lines(first))
        #expect(a[transceiver: id]?.encodings == source && a.plan.media["0"]?.encodings == source)
        a[transceiver: id]?.wish.isStopping = true
        try Negotiations.round(&a, &b)
        #expect(try ours(a)[0].ssrcs.isEmpty)
    }

    @Test("no source is ours twice or the peer's, and the canonical name is a token of 96 bits (RFC 7022 §4.2)")
    func unique() throws {
        let theirs = (1...50).map { "a=ssrc:\($0 * 1000) cname:x\r\n" }.joined()
        var a = try Negotiations.make()
        try a.setRemote(Negotiations.offer(Negotiations.media("audio", more: "a=sendrecv\r\n" + theirs)))
        #expect(a.remote?.ssrcs.count == 50)
        for _ in 0..<100 { a.addTransceiver(.audio) }
        let all = a.transceivers.flatMap(\.encodings).flatMap { [$0.ssrc, $0.repairSSRC] }
        #expect(all.count == 202 && Set(all).count == 202 && !all.contains(0))
        #expect(Set(all).isDisjoint(with: try #require(a.remote).ssrcs))
        let names = try (0..<10).map { _ in try Negotiations.make().parameters.cname }
        #expect(Set(names).count == 10)
        let letters = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        #expect(names.allSatisfy { $0.utf8.count == 16 && letters.isSuperset(of: $0) })
    }

    @Test("a plan has the sources and the names of both sides")
    func plan() throws {
        var (a, b) = (try Negotiations.make(1), try Negotiations.make(2))
        a.addTransceiver(.video, streams: ["s"], senderID: "x")
        b.addTrackTransceiver(.video)
        #expect(a.plan.media.isEmpty)
        try Negotiations.round(&a, &b)
        let (ours, theirs) = (try #require(a.plan.media["0"]), try #require(b.plan.media["0"]))
        let source = try #require(ours.encodings.first)
        #expect(ours.cname == a.parameters.cname && theirs.cname == b.parameters.cname)
        #expect(theirs.remote.ssrcs == [source.ssrc, source.repairSSRC] && ours.local.ssrcs == theirs.remote.ssrcs)
        #expect(theirs.remote.cnames == [source.ssrc: ours.cname, source.repairSSRC: ours.cname])
        #expect(theirs.remote.ssrcGroups.map(\.ssrcs) == [[source.ssrc, source.repairSSRC]])
        #expect(theirs.remote.msids == [MSIDAttribute(streamID: "s", trackID: "x")])
        #expect(ours.remote.ssrcs == theirs.encodings.flatMap { [$0.ssrc, $0.repairSSRC] })
    }

    @Test("where a source has two canonical names, the first one counts")
    func twoNames() throws {
        let more = "a=sendrecv\r\na=ssrc:7 cname:one\r\na=ssrc:7 cname:two\r\na=ssrc:8\r\na=ssrc:9 cname\r\n"
        var b = try Negotiations.make()
        try b.setRemote(Negotiations.offer(Negotiations.media("audio", more: more)))
        try b.setLocal(nil)
        let remote = try #require(b.plan.media["0"]).remote
        #expect(remote.ssrcs == [7, 8, 9] && remote.cnames == [7: "one"])
    }
}
