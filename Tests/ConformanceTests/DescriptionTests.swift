import JSEP
import Testing
import WebRTC
import WebRTCTestSupport

@Suite("SDP: what descriptions say", .timeLimit(.minutes(3)))
struct DescriptionTests {
    private let pair: ConnectedPair

    init() throws { pair = try ConnectedPair() }

    /// The sections of the answer to an offer of another implementation.
    private func answer(to sections: [String]...) async throws -> [Section] {
        let connection = try PeerConnection.make()
        defer { connection.close() }
        let offer =
            switch sections.count {
            case 1: Foreign.offer(sections[0])
            default: Foreign.offer(sections[0], sections[1])
            }
        try await connection.setRemoteDescription(offer)
        return try await connection.createAnswer().sections
    }

    @Test("SDP-01 an offer begins as RFC 9429 has it, and lines may end with LF alone")
    func firstLines() async throws {
        try await pair.a.addTransceiver(.audio)
        let offer = try await pair.a.createOffer()
        let origin = offer.lines[1].split(separator: " ")
        #expect(offer.lines[0] == "v=0" && offer.lines[2] == "s=-")
        #expect(origin[0] == "o=-" && origin[3...].joined(separator: " ") == "IN IP4 127.0.0.1")
        #expect(try #require(UInt64(origin[1])) < 1 << 62)
        let text = offer.sdp.split(separator: "\r\n").joined(separator: "\n")
        try await pair.b.setRemoteDescription(SessionDescription(type: .offer, sdp: text))
        #expect(pair.b.transceivers.count == 1)
    }

    @Test("SDP-05 a section that is bundle-only needs nothing of its own to be reached")
    func bundleOnly() async throws {
        let bare = [
            "m=video 0 UDP/TLS/RTP/SAVPF 96", "c=IN IP4 0.0.0.0", "a=mid:v", "a=bundle-only", "a=rtcp-mux",
            "a=rtpmap:96 VP8/90000",
        ]
        let sections = try await answer(to: Foreign.media(.audio, mid: "a"), bare)
        #expect(sections.map(\.port) == ["9", "9"])
    }

    @Test("SDP-09 offers and answers without mids and group are taken; our own mids stay")
    func missingMids() async throws {
        try await pair.b.setRemoteDescription(Foreign.offer(Foreign.media(.audio)))
        try await pair.b.setLocalDescription()
        let generated = try #require(pair.b.transceivers[0].mid)
        #expect(try #require(pair.b.localDescription).values(of: "mid") == [generated])
        try await pair.a.addTransceiver(.audio)
        try await pair.a.setLocalDescription()
        let mid = pair.a.transceivers[0].mid
        try await pair.a.setRemoteDescription(Foreign.answer(active(Foreign.media(.audio, direction: "recvonly"))))
        #expect(pair.a.transceivers[0].mid == mid && pair.a.transceivers[0].currentDirection == .sendonly)
        #expect(try await pair.a.createOffer().values(of: "mid") == [mid])
    }

    /// The section with the part in DTLS that an answer has.
    private func active(_ section: [String]) -> [String] {
        section.map { $0 == "a=setup:actpass" ? "a=setup:active" : $0 }
    }

    @Test("SDP-10 there is no msid for data alone, and a=msid:- for a track without stream")
    func noStream() async throws {
        _ = try await pair.a.createDataChannel("data")
        #expect(try await !pair.a.createOffer().sdp.contains("msid"))
        try await pair.a.addTrack(MediaStreamTrack(.audio))
        try await pair.a.addTransceiver(.audio)
        let streams = try await pair.a.createOffer().values(of: "msid").map { $0.split(separator: " ")[0] }
        #expect(streams == ["-", "-"])
    }

    @Test(
        "SDP-11 there is one msid for each stream, however it was given, of letters that may stand there",
        arguments: 0..<3)
    func streams(variant: Int) async throws {
        let (one, two) = (MediaStream(), MediaStream())
        let track = MediaStreamTrack(.audio)
        switch variant {
        case 0: try await pair.a.addTrack(track, streams: [one, two, one])
        case 1: try await pair.a.addTransceiver(sending: track, options: .init(streams: [one, two, one]))
        default: try await pair.a.addTransceiver(.audio).sender.setStreams([one, two, one])
        }
        let ids = try await pair.a.createOffer().values(of: "msid").map { String($0.split(separator: " ")[0]) }
        #expect(ids == [one.id, two.id])
        #expect(MediaStream(id: "not a token").id != "not a token" && MediaStream(id: "token").id == "token")
    }

    @Test("SDP-12 without msid a track has a stream of its own, with - none, and the second part may be missing")
    func parsing() async throws {
        for (lines, expected) in [([], nil), (["a=msid:- t"], []), (["a=msid:-"], []), (["a=msid:s"], ["s"])]
            as [([String], [String]?)]
        {
            let connection = try PeerConnection.make()
            try await connection.setRemoteDescription(Foreign.offer(Foreign.media(.audio, mid: "0") + lines))
            let ids = try #require(await connection.tracks.first()).streams.map(\.id)
            if let expected { #expect(ids == expected) } else { #expect(ids.count == 1) }
            connection.close()
        }
    }

    @Test("SDP-14 an answer that goes beyond the offer is refused", arguments: ["sendrecv", "sendonly"])
    func direction(answered: String) async throws {
        try await pair.a.addTransceiver(.audio, options: .init(direction: .sendonly))
        try await pair.a.setLocalDescription()
        await expect(.invalidAccess) {
            try await pair.a.setRemoteDescription(
                Foreign.answer(active(Foreign.media(.audio, mid: "0", direction: answered))))
        }
        #expect(pair.a.signalingState == .haveLocalOffer && pair.a.transceivers[0].currentDirection == nil)
    }

    @Test("SDP-15 the place of a stopped transceiver is used again", arguments: MediaKind.allCases)
    func recycling(kind: JSEP.MediaKind) async throws {
        let first = try await pair.a.addTransceiver(.audio)
        try await pair.negotiate()
        try first.stop()
        try await pair.negotiate()
        try await pair.a.addTransceiver(kind)
        try await pair.negotiate()
        let sections = try #require(pair.b.localDescription).sections
        #expect(sections.map(\.kind) == [kind.rawValue] && sections[0].port == "9")
        #expect(pair.b.transceivers.map(\.mid) == pair.a.transceivers.map(\.mid))
    }

    @Test("SDP-16 a refused section of the peer's makes no transceiver, and its place is used")
    func refusedSection() async throws {
        try await pair.b.setRemoteDescription(Foreign.offer(Foreign.media(.audio, mid: "0", port: 0)))
        #expect(pair.b.transceivers.isEmpty)
        try await pair.b.setLocalDescription()
        try await pair.b.addTransceiver(.audio)
        let sections = try await pair.b.createOffer().sections
        #expect(sections.map(\.port) == ["9"] && sections[0].values(of: "mid") != ["0"])
    }

    @Test("SDP-18 what addTrack has made is matched to the section that receives, though another comes first")
    func directionMatch() async throws {
        try await pair.b.addTrack(MediaStreamTrack(.audio))
        try await pair.b.setRemoteDescription(
            Foreign.offer(
                Foreign.media(.audio, mid: "a", direction: "sendonly"),
                Foreign.media(.audio, mid: "b", direction: "recvonly")))
        #expect(pair.b.transceivers.map(\.mid) == ["b", "a"])
    }

    @Test("SDP-19 a media type that nobody knows is refused in its place")
    func unknownType() async throws {
        let holograms = ["m=hologram 9 UDP/TLS/RTP/SAVPF 96", "c=IN IP4 0.0.0.0", "a=mid:h"] + Foreign.transport
        let sections = try await answer(to: holograms, Foreign.media(.audio, mid: "a"))
        #expect(sections.map(\.kind) == ["hologram", "audio"] && sections.map(\.port) == ["0", "9"])
    }

    @Test("SDP-20 data channels have the form of RFC 8841")
    func dataSection() async throws {
        _ = try await pair.a.createDataChannel("data")
        let section = try await pair.a.createOffer().sections[0]
        #expect(section.lines[0] == "m=application 9 UDP/DTLS/SCTP webrtc-datachannel")
        #expect(section.values(of: "sctp-port") == ["5000"] && section.values(of: "mid").count == 1)
    }

    @Test("SDP-21 keys never stand in a description, and one with them instead of a fingerprint is refused")
    func sdes() async throws {
        try await pair.a.addTransceiver(.audio)
        try await pair.a.addTransceiver(.video)
        #expect(try await !pair.a.createOffer().sdp.contains("a=crypto"))
        let section = Foreign.media(.audio, mid: "0").filter { !$0.hasPrefix("a=fingerprint") }
        await expect(.invalidAccess) {
            try await pair.b.setRemoteDescription(
                Foreign.offer(section + ["a=crypto:0 AES_CM_128_HMAC_SHA1_80 inline:abcd"]))
        }
    }

    @Test("SDP-23 descriptions say that candidates come one by one")
    func trickle() async throws {
        try await pair.a.addTransceiver(.audio)
        try await pair.negotiate()
        for side in [pair.a, pair.b] {
            #expect(try #require(side.localDescription).values(of: "ice-options").allSatisfy { $0 == "trickle" })
            #expect(side.canTrickleICECandidates == true)
        }
    }

    @Test("SDP-25 dynamic payload types stay what the peer has made them", arguments: [96, 111, 127, 35, 50, 63])
    func payloadType(number: Int) async throws {
        #expect(
            try await answer(to: Foreign.media(.audio, codecs: ["\(number) opus/48000/2"]))[0].formats == ["\(number)"])
        #expect(
            try await answer(to: Foreign.media(.video, codecs: ["\(number) VP8/90000"]))[0].formats == ["\(number)"])
    }

    @Test("SDP-27 offers keep to payload types that are not taken for RTCP")
    func payloadTypes() async throws {
        for _ in 0..<3 {
            try await pair.a.addTransceiver(.audio)
            try await pair.a.addTransceiver(.video)
        }
        let numbers = try await pair.a.createOffer().sections.flatMap(\.formats).compactMap { Int($0) }
        #expect(numbers.count > 30 && numbers.allSatisfy { !(64...95).contains($0) && (0...127).contains($0) })
    }

    private static let known = [
        "urn:ietf:params:rtp-hdrext:sdes:mid", "urn:ietf:params:rtp-hdrext:ssrc-audio-level",
        "urn:3gpp:video-orientation",
    ]

    @Test("SDP-28, SDP-29 known header extensions keep their id, large ones too; unknown ones are left out")
    func extensions() async throws {
        for id in [1, 14, 15, 16, 255] {
            let maps = [
                "a=extmap:\(id) \(Self.known[0])", "a=extmap:5 http://example.org/none", "a=extmap-allow-mixed",
            ]
            let section = try await answer(to: Foreign.media(.audio, mid: "0") + maps)[0]
            #expect(section.values(of: "extmap") == ["\(id) \(Self.known[0])"])
        }
        let audio = try await answer(to: Foreign.media(.audio, mid: "0") + ["a=extmap:9 \(Self.known[1])"])
        #expect(audio[0].values(of: "extmap") == ["9 \(Self.known[1])"])
        let video = try await answer(to: Foreign.media(.video, mid: "0") + ["a=extmap:9 \(Self.known[2])"])
        #expect(video[0].values(of: "extmap") == ["9 \(Self.known[2])"])
    }

    @Test("SDP-30 offers have the extensions of audio and of video")
    func offeredExtensions() async throws {
        try await pair.a.addTransceiver(.audio)
        try await pair.a.addTransceiver(.video)
        let maps = try await pair.a.createOffer().sections.map { section in
            Dictionary(
                section.values(of: "extmap").map { $0.split(separator: " ").map(String.init) }.map { ($0[1], $0[0]) },
                uniquingKeysWith: { first, _ in first })
        }
        #expect(maps[0][Self.known[0]] != nil && maps[0][Self.known[1]] != nil && maps[1][Self.known[2]] != nil)
        #expect(maps[1]["urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"] != nil)
        #expect(maps[1]["urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"] != nil)
        // Bundled sections mean the same by an id.
        #expect(maps[0][Self.known[0]] == maps[1][Self.known[0]])
    }

    @Test("SDP-32 every rtx repairs a payload type that is there, whatever was offered")
    func retransmission() async throws {
        try await pair.a.addTransceiver(.video)
        let own = try await pair.a.createOffer().sections[0]
        let sloppy = Foreign.media(
            .video, mid: "0", codecs: ["97 rtx/90000", "96 VP8/90000", "98 rtx/90000", "99 rtx/90000", "100 VP8/90000"])
        let answered = try await answer(
            to: sloppy + ["a=fmtp:97 apt=96", "a=fmtp:98 apt=96", "a=fmtp:99 apt=120"])[0]
        for section in [own, answered] {
            let repairs = section.codecs.indices.filter { section.codecs[$0].hasPrefix("rtx") }.map {
                section.formats[$0]
            }
            #expect(!repairs.isEmpty)
            for number in repairs {
                let parameters = section.values(of: "fmtp").filter { $0.hasPrefix("\(number) apt=") }
                #expect(parameters.count == 1)
                #expect(section.formats.contains(String(parameters[0].split(separator: "=")[1])))
            }
        }
    }

    @Test("SDP-33 VP8 and H264 are offered and survive; H264 always has its profile")
    func videoCodecs() async throws {
        try await pair.a.addTransceiver(.video)
        try await pair.negotiate()
        for description in [pair.a.localDescription, pair.b.localDescription] {
            let section = try #require(description).sections[0]
            #expect(section.codecs.contains("VP8/90000") && section.codecs.contains("H264/90000"))
            for (format, codec) in zip(section.formats, section.codecs) where codec == "H264/90000" {
                let parameters = section.values(of: "fmtp").filter { $0.hasPrefix(format + " ") }
                #expect(parameters.count == 1 && parameters[0].contains("profile-level-id="))
            }
        }
    }

    @Test("SDP-34 after a round with VP8 alone the next offer has all codecs again")
    func subsequentOffer() async throws {
        try await pair.a.addTransceiver(.video)
        let all = try await Set(pair.a.createOffer().sections[0].codecs)
        try await pair.a.setLocalDescription()
        try await pair.a.setRemoteDescription(
            Foreign.answer(active(Foreign.media(.video, mid: "0", direction: "recvonly"))))
        let section = try await pair.a.createOffer().sections[0]
        #expect(Set(section.codecs) == all && section.codecs[0] == "VP8/90000")
    }

    @Test("SDP-37 the answer follows the offer's order and numbers, and knows what PCMU's number is")
    func order() async throws {
        let section = try await answer(
            to: Foreign.media(.audio, mid: "0", codecs: ["103 ISAC/16000", "8", "0", "100 OPUS/48000/2"]))[0]
        #expect(section.formats == ["8", "0", "100"])
        let preferred = try await pair.b.addTrack(MediaStreamTrack(.audio))
        let opus = RTPSender.capabilities(.audio).codecs[0]
        try pair.b.transceivers[0].setCodecPreferences([opus])
        try await pair.b.setRemoteDescription(
            Foreign.offer(Foreign.media(.audio, mid: "0", codecs: ["0", "100 opus/48000/2"])))
        #expect(try await pair.b.createAnswer().sections[0].formats == ["100"] && preferred.transport == nil)
    }

    @Test("SDP-39 an answer without a=ssrc and a=msid is taken; several tracks never share a section")
    func answerWithoutSources() async throws {
        for _ in 0..<2 { try await pair.a.addTrack(MediaStreamTrack(.audio)) }
        try await pair.a.setLocalDescription()
        #expect(pair.a.localDescription?.sections.count == 2)
        let sections = ["0", "1"].map { mid in
            Foreign.media(.audio, mid: mid).map { $0 == "a=setup:actpass" ? "a=setup:active" : $0 }
        }
        try await pair.a.setRemoteDescription(Foreign.answer(sections[0], sections[1]))
        #expect(pair.a.transceivers.map(\.currentDirection) == [.sendrecv, .sendrecv])
    }
}
