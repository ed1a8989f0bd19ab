import SDP
import Testing

@testable import JSEP

@Suite("Codecs in offers and answers")
struct CodecNegotiationTests {
    private typealias Format = (Int, String?, String?)

    private func answer(
        _ kind: String, _ formats: [(Int, String?, String?)], preferring codecs: [RTPCodec] = []
    ) throws -> MediaDescription {
        var b = try Negotiations.make()
        try b.setRemote(Negotiations.offer(Negotiations.media(kind, formats: formats)))
        b.transceivers[0].wish.codecPreferences = codecs
        try b.setLocal(nil)
        return try #require(b.local).document.media[0]
    }

    private func parameters(_ section: MediaDescription, _ format: String) -> String? {
        section.formatParameters.first { $0.format == format }?.parameters
    }

    @Test("an offer has all codecs in the order of preference, the newer ones last, and no number twice")
    func offer() throws {
        var a = try Negotiations.make()
        for kind in MediaKind.allCases { a.addTransceiver(kind) }
        try a.setLocal(nil)
        let sections = try #require(a.local).document.media.map { RTPFormat.all(in: $0) }
        let audio = [
            "opus/111", "red/63", "G722/9", "PCMU/0", "PCMA/8", "telephone-event/110", "telephone-event/126",
        ]
        #expect(sections[0].map { "\($0.name)/\($0.payloadType)" } == audio)
        let names = sections[1].filter { $0.repairs == nil }.map(\.name)
        #expect(names == ["VP8", "VP9", "VP9"] + Array(repeating: "H264", count: 9) + ["AV1", "H265"])
        #expect(Set(sections[1].compactMap(\.repairs)).count == names.count)
        let all = sections.flatMap { $0 }
        #expect(Set(all.map(\.payloadType)).count == all.count)
        #expect(sections[0][1].redundancyOf == 111)
    }

    @Test("two of us agree on everything that is offered")
    func all() throws {
        var (a, b) = (try Negotiations.make(1), try Negotiations.make(2))
        for kind in MediaKind.allCases { a.addTransceiver(kind) }
        try Negotiations.round(&a, &b)
        for (mid, plan) in a.plan.media {
            // Of the ways to tell of arrivals the answer has one.
            let local = plan.local.codecs.map { format in
                var format = format
                format.feedback.removeAll { $0 == "transport-cc" }
                return format
            }
            #expect(local == plan.remote.codecs, "\(mid)")
        }
        // The other end offers next, with the same numbers in the same order.
        try Negotiations.round(&b, &a)
        for (mid, plan) in b.plan.media {
            #expect(plan.local.codecs == a.plan.media[mid]?.remote.codecs)
        }
    }

    @Test("redundancy is taken with the opus that it is of, and with nothing else (RFC 2198 §5)")
    func redundancy() throws {
        let opus: [Format] = [(111, "opus/48000/2", nil), (112, "PCMU/8000", nil)]
        let reds: [Format] = [
            (63, "RED/48000/2", "111/111"), (64, "red/48000/2", "111/111/111"), (65, "red/48000/2", "112/112"),
            (66, "red/48000/2", "111/112"), (67, "red/48000/2", nil), (68, "red/8000", "112/112"),
            (69, "red/48000/2", "99/99"), (70, "red/48000/2", "111/"), (71, "red/48000/2", "63/63"),
        ]
        let section = try answer("audio", opus + reds)
        #expect(section.formats == ["111", "112", "63", "64"])
        #expect(parameters(section, "63") == "111/111" && parameters(section, "64") == "111/111/111")
        #expect(try answer("audio", [reds[0], (0, nil, nil)]).formats == ["0"])
        #expect(try answer("audio", [reds[0]]).isRejected)
    }

    @Test("redundancy is offered where opus is, for the number that opus has in the session")
    func offeredRedundancy() throws {
        var b = try Negotiations.make()
        try b.setRemote(Negotiations.offer(Negotiations.media("audio", formats: [(96, "opus/48000/2", nil)])))
        try b.setLocal(nil)
        let offer = try SDPDocument(parsing: b.createOffer(OfferOptions()).sdp).media[0]
        #expect(RTPFormat.all(in: offer).first { $0.name == "red" }?.redundancyOf == 96)
        let codecs = RTPCapabilities(.audio).codecs
        for (indices, names) in [([1, 0], ["red", "opus"]), ([0, 3], ["opus", "PCMU"]), ([1, 3], ["PCMU"])] {
            var a = try Negotiations.make()
            a.addTransceiver(.audio)
            a.transceivers[0].wish.codecPreferences = indices.map { codecs[$0] }
            try a.setLocal(nil)
            let made = RTPFormat.all(in: try #require(a.local).document.media[0])
            #expect(made.map(\.name) == names)
            #expect(made.first { $0.name == "red" }?.redundancyOf == (names[0] == "red" ? 111 : nil))
        }
    }

    @Test("a number that the peer uses for red or rtx of another codec is not used again")
    func takenNumbers() throws {
        var b = try Negotiations.make()
        let formats: [Format] = [(111, "VP8/90000", nil), (63, "rtx/90000", "apt=111"), (110, "x/90000", nil)]
        try b.setRemote(Negotiations.offer(Negotiations.media("video", formats: formats)))
        try b.setLocal(nil)
        b.addTransceiver(.audio)
        let offer = try SDPDocument(parsing: b.createOffer(OfferOptions()).sdp).media
        let all = offer.flatMap { RTPFormat.all(in: $0) }
        #expect(Set(all.map(\.payloadType)).count == all.count)
        #expect(offer[0].formats.prefix(2) == ["111", "63"] && !offer.flatMap(\.formats).contains("110"))
        let audio = RTPFormat.all(in: offer[1])
        #expect(audio.first { $0.name == "red" }?.redundancyOf == audio[0].payloadType)
    }

    @Test("comfort noise, repair that nobody does, and redundancy of pictures are left out")
    func declined() throws {
        let audio: [Format] = [(0, nil, nil), (13, "CN/8000", nil), (9, nil, nil), (106, "CN/32000", nil)]
        #expect(try answer("audio", audio).formats == ["0", "9"])
        let video: [Format] = [
            (96, "vp8/90000", nil), (97, "rtx/90000", "apt=96"), (123, "red/90000", nil), (124, "rtx/90000", "apt=123"),
            (125, "ulpfec/90000", nil), (35, "flexfec-03/90000", "repair-window=10000000"), (98, "rtx/90000", nil),
        ]
        #expect(try answer("video", video).formats == ["96", "97"])
        #expect(try answer("video", Array(video.dropFirst(2))).isRejected)
        #expect(try answer("audio", [(13, "CN/8000", nil), (126, "telephone-event/8000", nil)]).isRejected)
    }

    @Test("an answer has our parameters, with the level that both can read")
    func answeredParameters() throws {
        let section = try answer(
            "video",
            [
                (96, "AV1/90000", "level-idx=13;profile=0;tier=1"), (97, "H265/90000", "level-id=180"),
                (98, "H265/90000", "level-id=60;profile-id=1"), (99, "VP9/90000", nil),
                (100, "H264/90000", "profile-level-id=640c2a;packetization-mode=1;level-asymmetry-allowed=1"),
                (101, "H264/90000", nil),
            ])
        #expect(section.formats == ["96", "97", "98", "99", "100", "101"])
        // Its level is each side's own.
        #expect(parameters(section, "96") == "level-idx=5;profile=0;tier=0")
        #expect(parameters(section, "97") == "level-id=93;profile-id=1;tier-flag=0;tx-mode=SRST")
        #expect(parameters(section, "98") == "level-id=60;profile-id=1;tier-flag=0;tx-mode=SRST")
        #expect(parameters(section, "99") == "profile-id=0")
        #expect(
            parameters(section, "100") == "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=640c1f")
        #expect(
            parameters(section, "101") == "level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42000a")
    }

    @Test("preferences decide on codecs and their order in an answer, too, and whether there is rtx")
    func preferences() throws {
        let codecs = RTPCapabilities(.video).codecs
        let offer: [Format] = [
            (96, "VP8/90000", nil), (97, "rtx/90000", "apt=96"), (98, "VP9/90000", "profile-id=0"),
            (99, "rtx/90000", "apt=98"), (100, "AV1/90000", nil),
        ]
        #expect(try answer("video", offer, preferring: [codecs[1], codecs[0]]).formats == ["98", "96"])
        let rtx = try #require(codecs.last)
        #expect(try answer("video", offer, preferring: [codecs[1], rtx]).formats == ["98", "99"])
        #expect(try answer("video", offer, preferring: [codecs[4]]).isRejected)
    }

    @Test("preferences may be written otherwise than the capabilities are")
    func otherwise() throws {
        var a = try Negotiations.make()
        a.addTransceiver(.video)
        let h264 = "profile-level-id=42E01F;packetization-mode=1;level-asymmetry-allowed=1"
        a.transceivers[0].wish.codecPreferences = [
            RTPCodec(mimeType: "VIDEO/h264", clockRate: 90_000, sdpFmtpLine: h264),
            RTPCodec(mimeType: "video/VP9", clockRate: 90_000, sdpFmtpLine: "profile-id=0"),
            RTPCodec(mimeType: "video/vp9", clockRate: 90_000, sdpFmtpLine: "Profile-ID=0"),
        ]
        try a.setLocal(nil)
        let formats = try #require(a.local).document.media[0].formats
        #expect(formats == ["106", "98"])
    }
}
