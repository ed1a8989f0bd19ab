import SDP
import Testing

@testable import JSEP

@Suite("What the descriptions ask for")
struct SessionPlanTests {
    @Test("a section is on the transport that a provisional answer has bundled it on, whichever was made first")
    func bundledElsewhere() throws {
        var (a, b) = (try Negotiations.make(1, policy: .maxCompat), try Negotiations.make(2))
        a.addTransceiver(.audio)
        a.addTransceiver(.video)
        try a.setLocal(nil)
        try b.setRemote(#require(a.local).description)
        try b.setLocal(nil)
        let answer = try #require(b.local).description.sdp.replacing("BUNDLE 0 1", with: "BUNDLE 1 0")
        let plan = try a.setRemote(SessionDescription(type: .pranswer, sdp: answer))
        #expect(plan.transportID(ofMid: "1") == 2 && plan.transportID(ofMid: "0") == 2)
        #expect(plan.media["0"]?.transport == 2)
    }

    @Test("media says which way it goes, with the codecs, extensions, sources and encodings of each side")
    func media() throws {
        var b = try Negotiations.make(2)
        let lines =
            "a=sendonly\r\na=extmap:9 urn:ietf:params:rtp-hdrext:sdes:mid\r\na=rid:hi send\r\na=rid:lo send\r\n"
            + "a=ssrc-group:FID 11 12\r\na=ssrc:11 cname:x\r\na=ssrc:12 cname:x\r\n"
        let offer = Negotiations.offer(
            Negotiations.media("video", formats: [(96, "VP8/90000", nil), (97, "AV9/90000", nil)], more: lines))
        #expect(try b.setRemote(offer).media.isEmpty)
        let media = try #require(try b.setLocal(nil).media["0"])
        #expect(media.direction == .recvonly && media.kind == .video && media.transceiver == b.transceivers[0].id)
        #expect(media.local.codecs.map(\.name) == ["VP8"] && media.remote.codecs.map(\.name) == ["VP8", "AV9"])
        #expect(media.local.extensions.map(\.id) == [9] && media.remote.extensions.map(\.id) == [9])
        #expect(media.remote.ssrcs == [11, 12] && media.remote.ssrcGroups.first?.ssrcs == [11, 12])
        #expect(media.remote.rids.count == 2 && media.local.rids.isEmpty && media.local.ssrcs.isEmpty)
    }
}
