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

    @Test("none means something else in an offer that Chromium has rolled back, but for one where its sound came first")
    func rolledBack() throws {
        var a = try Negotiations.make()
        a.addTransceiver(.audio)
        a.addTransceiver(.video)
        try a.setLocal(nil)
        for used in Self.chromium.map({ $0.merging(Self.common) { first, _ in first } }) {
            for map in maps(a.pendingLocal) where used[map.id] != nil {
                let isLevel = map.uri == Self.level && used[map.id] == "urn:ietf:params:rtp-hdrext:toffset"
                #expect(used[map.id] == map.uri || isLevel, "\(map.id)")
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

    /// Of which kinds each is, and whether it is offered before the peer has offered it.
    private static let known: [(uri: String, kinds: [MediaKind], isOffered: Bool)] = [
        (level, [.audio], true), ("urn:ietf:params:rtp-hdrext:csrc-audio-level", [.audio], false),
        ("http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time", [.audio, .video], true),
        (congestion, [.audio, .video], true), ("urn:ietf:params:rtp-hdrext:sdes:mid", [.audio, .video], true),
        ("http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time", [.audio, .video], false),
        ("urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id", [.video], true),
        ("urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id", [.video], true),
        ("urn:3gpp:video-orientation", [.video], true),
        ("http://www.webrtc.org/experiments/rtp-hdrext/playout-delay", [.video], true),
        ("https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension", [.video], false),
        ("http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00", [.video], false),
    ]

    @Test("those of a kind are answered where they are offered, and those that Chromium would mix up not offered first")
    func kinds() throws {
        for kind in MediaKind.allCases {
            let ours = Self.known.filter { $0.kinds.contains(kind) }.map(\.uri)
            #expect(Set(RTPCapabilities(kind).headerExtensions) == Set(ours))
            let offered = Self.known.enumerated().map { "a=extmap:\($0.offset + 20) \($0.element.uri)\r\n" }.joined()
            let codecs: [(Int, String?, String?)] = [(96, kind == .audio ? "opus/48000/2" : "VP8/90000", nil)]
            var b = try Negotiations.make()
            let more = "a=sendrecv\r\na=extmap:19 urn:ietf:params:rtp-hdrext:toffset\r\n" + offered
            try b.setRemote(Negotiations.offer(Negotiations.media(kind.rawValue, formats: codecs, more: more)))
            try b.setLocal(nil)
            #expect(Set(maps(b.currentLocal).map(\.uri)) == Set(ours))
            #expect(maps(b.currentLocal).allSatisfy { Self.known[Int($0.id) - 20].uri == $0.uri })
            // What the session has is offered from then on.
            try b.setLocal(nil)
            #expect(maps(b.pendingLocal).map(\.id).sorted() == maps(b.currentLocal).map(\.id).sorted())
            var a = try Negotiations.make()
            a.addTransceiver(kind)
            try a.setLocal(nil)
            let first = Self.known.filter { $0.kinds.contains(kind) && $0.isOffered }.map(\.uri)
            #expect(Set(maps(a.pendingLocal).map(\.uri)) == Set(first))
        }
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
