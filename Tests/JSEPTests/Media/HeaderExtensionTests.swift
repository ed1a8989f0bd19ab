import SDP
import Testing

@testable import JSEP

@Suite("Ids of header extensions")
struct HeaderExtensionTests {
    private static let level = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
    private static let congestion = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"

    private func maps(_ description: AppliedDescription?) -> [ExtensionMapAttribute] {
        description?.document.media.flatMap(\.extensionMaps) ?? []
    }

    @Test(
        "ours are those of one-byte headers, whatever is offered (RFC 8285 §4.2)",
        arguments: [[MediaKind.audio], [.video], [.video, .audio]])
    func oneByte(kinds: [MediaKind]) throws {
        var a = try Negotiations.make()
        for kind in kinds + kinds { a.addTransceiver(kind) }
        try a.setLocal(nil)
        let maps = maps(a.pendingLocal)
        #expect(maps.allSatisfy { (1...14).contains($0.id) })
        let hasLevel = maps.contains { $0.uri == Self.level }
        #expect(hasLevel == kinds.contains(.audio))
        // One meaning for an id, in all sections of the transport.
        #expect(Set(maps.map(\.id)).count == Set(maps.map(\.uri)).count)
    }

    /// What Chromium's offers give to the extensions that we know, its audio first or its video.
    private static let chromium: [[UInt16: String]] = [
        [
            1: level, 2: "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time", 3: congestion,
            4: "urn:ietf:params:rtp-hdrext:sdes:mid", 14: "urn:ietf:params:rtp-hdrext:toffset",
            13: "urn:3gpp:video-orientation",
        ],
        [
            1: "urn:ietf:params:rtp-hdrext:toffset", 2: "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
            3: "urn:3gpp:video-orientation", 4: congestion, 9: "urn:ietf:params:rtp-hdrext:sdes:mid", 14: level,
        ],
    ]
    private static let common: [UInt16: String] = [
        5: "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
        6: "http://www.webrtc.org/experiments/rtp-hdrext/video-content-type",
        7: "http://www.webrtc.org/experiments/rtp-hdrext/video-timing",
        8: "http://www.webrtc.org/experiments/rtp-hdrext/color-space",
        10: "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
        11: "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
    ]

    @Test("none means something else in an offer that Chromium has rolled back")
    func rolledBack() throws {
        var a = try Negotiations.make()
        a.addTransceiver(.audio)
        a.addTransceiver(.video)
        try a.setLocal(nil)
        for used in Self.chromium.map({ $0.merging(Self.common) { first, _ in first } }) {
            for map in maps(a.pendingLocal) where used[map.id] != nil {
                #expect(used[map.id] == map.uri, "\(map.id)")
            }
        }
    }

    @Test("an id that the session has stays, a large one and a session's too; one that nobody may have is passed over")
    func known() throws {
        let more = "a=sendrecv\r\na=extmap:200 \(Self.level)\r\na=extmap:4097 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
        var a = try Negotiations.make()
        try a.setRemote(Negotiations.offer(Negotiations.media("audio", more: more)))
        try a.setLocal(nil)
        #expect(maps(a.currentLocal) == [ExtensionMapAttribute(id: 200, uri: Self.level)])
        a.addTransceiver(.audio)
        try a.setLocal(nil)
        #expect(maps(a.pendingLocal).filter { $0.uri == Self.level }.allSatisfy { $0.id == 200 })
        #expect(maps(a.pendingLocal).allSatisfy { $0.id <= 255 })

        var b = try Negotiations.make()
        try b.setRemote(Negotiations.offer("a=extmap:3 \(Self.congestion)\r\n" + Negotiations.media("audio")))
        try b.setLocal(nil)
        #expect(maps(b.currentLocal) == [ExtensionMapAttribute(id: 3, uri: Self.congestion)])
        b.addTransceiver(.video)
        try b.setLocal(nil)
        #expect(maps(b.pendingLocal).filter { $0.uri == Self.congestion }.map(\.id) == [3, 3])
    }

    @Test("where all fourteen are taken by others an extension is left out")
    func exhausted() throws {
        let taken = (1...14).map { "a=extmap:\($0) urn:x:\($0)\r\n" }.joined()
        var a = try Negotiations.make()
        try a.setRemote(Negotiations.offer(Negotiations.media("audio", more: "a=sendrecv\r\n" + taken)))
        try a.setLocal(nil)
        a.addTransceiver(.video)
        try a.setLocal(nil)
        #expect(maps(a.pendingLocal).isEmpty)
    }
}
