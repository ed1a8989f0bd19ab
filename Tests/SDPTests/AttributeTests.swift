import SDP
import Testing

@Suite("Attributes")
struct AttributeTests {
    @Test("the transport of a Chromium data offer is read")
    func chromium() throws {
        let document = try SDPDocument(parsing: Offers.chromiumData)
        let media = try #require(document.media.first)
        #expect(document.bundleGroups == [GroupAttribute(mids: ["0"])])
        #expect(document.msidSemantics == [MSIDSemanticAttribute(streamIDs: [])])
        #expect(document.allowsMixedExtensions)
        #expect(media.isDataChannels && !media.isRejected)
        #expect(media.mid == "0")
        #expect(document.mediaIndex(mid: "0") == 0 && document.mediaIndex(mid: "1") == nil)
        #expect(media.iceUfrag == "k3Zp")
        #expect(media.icePwd == "Qm9vYmFyQmF6UXV4MTIzNDU2")
        #expect(media.iceOptions == ["trickle"])
        #expect(media.fingerprints.map(\.algorithm) == ["sha-256"])
        #expect(media.fingerprints.map(\.hex) == [Offers.fingerprint])
        #expect(media.setup == .actpass)
        #expect(media.sctpPort == 5000 && media.dataChannelPort == 5000)
        #expect(media.maxMessageSize == 262_144)
        #expect(media.candidates.count == 1)
        #expect(media.candidates.first?.hasPrefix("candidate:2893746501 1 udp 2113937151 5a3c") == true)
        #expect(!media.hasEndOfCandidates)
    }

    @Test("what a Firefox offer has at session level holds for its sections")
    func firefox() throws {
        let document = try SDPDocument(parsing: Offers.firefoxData)
        let media = try #require(document.media.first)
        #expect(media.fingerprints.isEmpty)
        #expect(document.fingerprints(of: media).map(\.hex) == [Offers.fingerprint])
        #expect(media.iceOptions.isEmpty)
        #expect(document.iceOptions(of: media) == ["trickle"])
        let credentials = try #require(document.iceCredentials(of: media))
        #expect(credentials.ufrag == "9b8c7d6e" && credentials.pwd == "0f1e2d3c4b5a69788796a5b4c3d2e1f0")
        #expect(document.setup(of: media) == .actpass)
        #expect(document.direction(of: media) == .sendrecv)
        #expect(document.connection(of: media)?.address == "192.0.2.17")
        #expect(media.candidates.count == 2 && media.hasEndOfCandidates)
    }

    @Test("credentials of two levels are not mixed")
    func credentials() throws {
        var document = try SDPDocument(parsing: Offers.chromiumData)
        document.media[0].icePwd = nil
        document.iceUfrag = "abcd"
        document.icePwd = "abcdefghijklmnopqrstuv"
        #expect(document.iceCredentials(of: document.media[0]) == nil)
        document.media[0].iceUfrag = nil
        #expect(document.iceCredentials(of: document.media[0])?.ufrag == "abcd")
    }

    @Test("a fingerprint is read in any case and written as RFC 8122 has it")
    func fingerprint() throws {
        let document = try SDPDocument(parsing: Offers.safariData)
        let fingerprint = try #require(document.media.first?.fingerprints.first)
        #expect(fingerprint.attributeValue == "sha-256 \(Offers.fingerprint)")
        #expect(FingerprintAttribute(algorithm: "sha-1", hex: "") == nil)
        #expect(FingerprintAttribute(algorithm: "", hex: "AA") == nil)
        #expect(FingerprintAttribute(algorithm: "a b", hex: "AA") == nil)
        #expect(document.media.first?.iceOptions == ["trickle", "renomination"])
        #expect(document.media.first?.maxMessageSize == nil)
    }

    @Test("data channels of the older form are known by their sctpmap")
    func legacy() throws {
        let document = try SDPDocument(parsing: Offers.legacyData)
        #expect(document.isICELite)
        let maps = document.media[0].sctpMaps
        #expect(maps == [SCTPMapAttribute(port: 5001, streams: 256)])
        #expect(document.media[0].isDataChannels)
        #expect(document.media[0].dataChannelPort == 5001)
        #expect(document.direction(of: document.media[1]) == .recvonly)
        #expect(!document.media[1].isDataChannels)
        #expect(document.media[2].isRejected)
        #expect(document.media[2].has("x-unknown") && document.media[2].value(of: "x-unknown") == nil)
        #expect(document.media[2].value(of: "x-empty") == "")
        #expect(document.media[2].value(of: "x-colons") == "a:b:c")
    }

    @Test("the codecs and sources of a Chromium media offer are read")
    func media() throws {
        let document = try SDPDocument(parsing: Offers.chromiumMedia)
        let (audio, video) = (document.media[0], document.media[1])
        #expect(audio.kind == .audio && audio.formats.count == 8)
        #expect(audio.rtpMaps.count == 8)
        #expect(audio.rtpMaps.first?.channels == 2 && audio.rtpMaps.last?.channels == 1)
        #expect(audio.rtpMaps[4] == RTPMapAttribute(payloadType: 8, encodingName: "PCMA", clockRate: 8000))
        #expect(audio.formatParameters.first?["USEINBANDFEC"] == "1")
        #expect(audio.formatParameters.first?["stereo"] == nil)
        #expect(audio.rtcpFeedbacks == [RTCPFeedbackAttribute(payloadType: 111, feedback: "transport-cc")])
        #expect(audio.rtcp == RTCPAttribute(port: 9, address: .unspecified))
        #expect(audio.isRTCPMultiplexed && audio.isRTCPReducedSize && !video.isRTCPReducedSize)
        #expect(audio.msids == [MSIDAttribute(streamID: "stream-one", trackID: "track-audio")])
        #expect(audio.extensionMaps.map(\.id) == [1, 2])
        #expect(audio.extensionMaps.map(\.direction) == [nil, .sendonly])
        #expect(audio.ssrcs.map(\.ssrc) == [2_718_281_828, 2_718_281_828])
        #expect(audio.ssrcs.first?.attribute == Attribute("cname", "abcDEF123"))
        #expect(audio.direction == .sendrecv && video.direction == .sendonly)
        #expect(video.isBundleOnly)
        #expect(video.bandwidths == [Bandwidth(type: "AS", value: 1200)])
        #expect(video.rids.map(\.id) == ["q", "h", "f"])
        #expect(video.rids[1].restrictions == "max-width=640;max-height=360")
        #expect(video.simulcast?.send.map { $0.map(\.rid) } == [["q"], ["h"], ["f"]])
        #expect(video.simulcast?.send.last?.first?.isPaused == true)
        #expect(video.ssrcGroups == [SSRCGroupAttribute(semantics: "FID", ssrcs: [11, .max])])
        #expect(video.rtcpFeedbacks.last == RTCPFeedbackAttribute(payloadType: nil, feedback: "nack pli"))
    }

    @Test("typed values are written as they were read")
    func exactness() throws {
        func same<Value: AttributeValue>(_ type: Value.Type, _ texts: String...) {
            for text in texts { #expect(Value(attributeValue: text)?.attributeValue == text) }
        }
        same(GroupAttribute.self, "BUNDLE", "BUNDLE 0 1 data")
        same(SCTPMapAttribute.self, "5000 webrtc-datachannel", "5000 webrtc-datachannel 1024")
        same(MSIDAttribute.self, "-", "s t")
        same(MSIDSemanticAttribute.self, "WMS", "WMS *")
        same(RTCPAttribute.self, "9", "9 IN IP6 ::")
        same(RTPMapAttribute.self, "0 PCMU/8000", "111 opus/48000/2")
        same(FormatParametersAttribute.self, "111 minptime=10; useinbandfec=1", "63 111/111")
        same(RTCPFeedbackAttribute.self, "* nack", "96 ccm fir")
        same(ExtensionMapAttribute.self, "1 urn:a", "14/recvonly urn:b c d")
        same(RIDAttribute.self, "q send", "h recv pt=96;max-width=640")
        same(SimulcastAttribute.self, "send 1,~4;2 recv 3", "recv ~a;b")
        same(SSRCAttribute.self, "1", "4294967295 cname:a b:c", "7 label")
        same(SSRCGroupAttribute.self, "FID", "FID 1 2")
        same(CryptoAttribute.self, "1 AES_CM_128_HMAC_SHA1_80 inline:abc", "2 X inline:d KDR=0 UNENCRYPTED_SRTP")
        same(SetupRole.self, "active", "passive", "actpass", "holdconn")
    }

    @Test("typed values that cannot be understood are not there")
    func refusals() throws {
        func none<Value: AttributeValue>(_ type: Value.Type, _ texts: String...) {
            for text in texts + ["", " "] { #expect(Value(attributeValue: text) == nil, "\(text)") }
        }
        none(GroupAttribute.self)
        none(SCTPMapAttribute.self, "5000", "x y")
        none(MSIDAttribute.self)
        none(RTCPAttribute.self, "65536", "9 IN", "9 IN IP4 a b")
        none(RTPMapAttribute.self, "128 a/1", "1 a", "1 a/0", "1 /8000", "1 a/4294967296", "a/1", "1 a/8000 b")
        none(FormatParametersAttribute.self, "111", "111 ")
        none(RTCPFeedbackAttribute.self, "96", "x nack", "128 nack")
        none(ExtensionMapAttribute.self, "1", "0 a", "65536 a", "1/up a", "1/ a")
        none(RIDAttribute.self, "q", "q both")
        none(SimulcastAttribute.self, "send", "send a send b", "up a", "send a;", "send ~", "send a,,b", "send a recv")
        none(SSRCAttribute.self, "-1", "4294967296 a", "a")
        none(SSRCGroupAttribute.self, "FID x", "FID 1 4294967296")
        none(CryptoAttribute.self, "1 a", "x a b")
        none(SetupRole.self, "both")
    }
}
