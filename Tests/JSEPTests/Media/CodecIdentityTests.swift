import Testing

@testable import JSEP

@Suite("Whether two formats are the same codec")
struct CodecIdentityTests {
    private static func isSame(_ name: String, _ one: String?, _ other: String?) -> Bool {
        let identities = [one, other].map {
            CodecIdentity(name: name, clockRate: 90_000, channels: nil, parameters: $0)
        }
        return identities[0] == identities[1] && identities[0].profile != .unknown
    }

    @Test(
        "H.264 by profile and packetization mode, whatever the level (RFC 6184 §8.1, table 5)",
        arguments: [
            // Each line is one profile.
            ["42e01f", "42c01f", "42400a", "42f00b", "4d801f", "4de034", "4dc01f", "58c01f", "58f01f"],
            ["42001f", "42801f", "428034", "42a01f", "42100b", "58801f", "58a01f"],
            ["4d001f", "4d401f", "4d101f", "4D0032"], ["58001f", "58201f"], ["64001f", "640034", "64002A"],
            ["640c1f", "640C34"], ["64081f"], ["6e001f"], ["7a001f"], ["f4001f", "F40034"], ["6e101f"], ["7a101f"],
            ["f4101f"], ["2c101f"],
        ])
    func h264(profile: [String]) {
        let all = [
            "42e01f", "42001f", "4d001f", "58001f", "64001f", "640c1f", "64081f", "6e001f", "7a001f", "f4001f",
            "6e101f", "7a101f", "f4101f", "2c101f",
        ]
        for id in profile {
            for other in all {
                let isSame = Self.isSame("H264", "profile-level-id=\(id)", "profile-level-id=\(other)")
                #expect(isSame == (other == profile[0]), "\(id) and \(other)")
            }
            let hasOtherMode = Self.isSame(
                "h264", "profile-level-id=\(id);packetization-mode=1", "profile-level-id=\(id);packetization-mode=0")
            #expect(!hasOtherMode)
        }
    }

    @Test(
        "what is left out has the value that its document gives it",
        arguments: [
            ("H264", nil, "profile-level-id=42000a;packetization-mode=0", true),
            ("H264", "", "profile-level-id=428034", true), ("H264", nil, "profile-level-id=42e01f", false),
            ("H264", "profile-level-id=42e01f", "packetization-mode=0; Profile-Level-ID=42E01F", true),
            ("VP9", nil, "profile-id=0", true), ("VP9", "profile-id=2", nil, false),
            ("VP9", "profile-id=2", "max-fs=12288;profile-id=2", true), ("VP9", "profile-id=1", "profile-id=3", false),
            ("AV1", nil, "level-idx=5;profile=0;tier=0", true), ("AV1", "profile=1", nil, false),
            ("AV1", "level-idx=13;tier=1", "level-idx=5", true), ("AV1", "profile=2", "profile=2;level-idx=8", true),
            ("H265", nil, "level-id=93;profile-id=1;tier-flag=0;tx-mode=SRST", true),
            ("H265", "level-id=180", "level-id=30", true), ("H265", "profile-id=2", nil, false),
            ("H265", "tier-flag=1;level-id=123", "level-id=123", false), ("H265", "profile-space=1", nil, false),
            ("H265", "tx-mode=MRST", nil, false), ("H265", "tx-mode=srst", nil, true),
            ("H265", "interop-constraints=B00000000000", nil, true),
            ("H265", "interop-constraints=b00000000000", nil, true),
            ("H265", "interop-constraints=900000000000", nil, false),
            ("H265", "profile-compatibility-indicator=60000000", nil, true),
            ("VP8", "max-fs=12288", "max-fr=30", true), ("opus", "stereo=1;sprop-stereo=1", nil, true),
        ] as [(String, String?, String?, Bool)])
    func defaults(name: String, one: String?, other: String?, isSame: Bool) {
        #expect(Self.isSame(name, one, other) == isSame && Self.isSame(name, other, one) == isSame)
    }

    @Test(
        "what cannot be read is like nothing, not even itself",
        arguments: [
            ("H264", "profile-level-id=42e0"), ("H264", "profile-level-id=+42e01"), ("H264", "profile-level-id=xyzxyz"),
            ("H264", "profile-level-id=42e11f"), ("H264", "profile-level-id=4d201f"),
            ("H264", "profile-level-id=000000"), ("H264", "profile-level-id="), ("H264", "packetization-mode=x"),
            ("H264", "profile-level-id=42e01f;packetization-mode=-1"), ("VP9", "profile-id=x"), ("VP9", "profile-id="),
            ("AV1", "profile=256"), ("H265", "profile-id=32"), ("H265", "level-id=256"), ("H265", "tier-flag=high"),
            ("H265", "interop-constraints=B0"), ("H265", "interop-constraints=+00000000000"),
            ("H265", "profile-compatibility-indicator=20000000"), ("H265", "profile-compatibility-indicator=6"),
        ])
    func unreadable(name: String, parameters: String) {
        #expect(!Self.isSame(name, parameters, parameters))
        let capability = CodecTable.video.first { $0.name == name }
        let format = RTPFormat(payloadType: 100, name: name, clockRate: 90_000, parameters: parameters)
        #expect(CodecTable.video.allSatisfy { $0.identity != format.identity } && capability != nil)
    }

    @Test("names are told apart without regard to case, and by clock and channels, of which there is one by default")
    func names() {
        let opus = CodecIdentity(name: "opus", clockRate: 48_000, channels: 2, parameters: nil)
        #expect(opus == CodecIdentity(name: "OPUS", clockRate: 48_000, channels: 2, parameters: "stereo=1"))
        #expect(opus != CodecIdentity(name: "opus", clockRate: 48_000, channels: nil, parameters: nil))
        #expect(opus != CodecIdentity(name: "opus", clockRate: 16_000, channels: 2, parameters: nil))
        #expect(opus != CodecIdentity(name: "multiopus", clockRate: 48_000, channels: 2, parameters: nil))
        let law = CodecIdentity(name: "PCMU", clockRate: 8_000, channels: nil, parameters: nil)
        #expect(law == CodecIdentity(name: "pcmu", clockRate: 8_000, channels: 1, parameters: nil))
    }

    @Test("no codec of ours is there twice")
    func table() {
        for kind in MediaKind.allCases {
            let table = CodecTable.codecs(of: kind)
            #expect(Set(table.map(\.identity)).count == table.count)
            #expect(table.allSatisfy { $0.identity.profile != .unknown })
        }
        let numbers = MediaKind.allCases.flatMap(CodecTable.codecs).flatMap {
            $0.isRepaired ? [$0.payloadType, $0.payloadType + 1] : [$0.payloadType]
        }
        #expect(Set(numbers).count == numbers.count)
        #expect(numbers.allSatisfy { [0, 8, 9].contains($0) || (35...63).contains($0) || (96...127).contains($0) })
    }

    @Test(
        "the level of an answer is the lower one, or our own where both allow that (RFC 6184 §8.2.2)",
        arguments: [
            ("42e01f", "42e034", false, "42e01f"), ("42e01f", "42e00a", false, "42e00a"),
            ("42e01f", "42e00a", true, "42e01f"), ("42e01f", "4d8034", true, "4d801f"),
            // Level 1b is between 1 and 1.1.
            ("42e01f", "42f00b", false, "42f00b"), ("42e01f", "42f00b", true, "42e01f"),
            ("42f00b", "42e00b", false, "42f00b"), ("42f00b", "42e00a", false, "42e00a"),
            ("42e00b", "42f00b", false, "42f00b"), ("42e00b", "42f01f", false, "42e00b"),
            ("640009", "64000b", false, "640009"), ("64000b", "640009", false, "640009"),
            ("640c1f", "640c2a", false, "640c1f"),
        ])
    func levels(ours: String, theirs: String, isAsymmetric: Bool, agreed: String) {
        let more = ";level-asymmetry-allowed=\(isAsymmetric ? 1 : 0);packetization-mode=1"
        let profile = H264Profile("profile-level-id=\(ours);level-asymmetry-allowed=1;packetization-mode=1")
        let expected = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=\(agreed)"
        #expect(profile?.answer(to: "profile-level-id=\(theirs)" + more) == expected)
    }
}

@Suite("Codecs as applications name them")
struct RTPCodecTests {
    private func codec(_ name: String, _ parameters: String?) -> RTPCodec {
        RTPCodec(mimeType: "video/\(name)", clockRate: 90_000, sdpFmtpLine: parameters)
    }

    @Test(
        "two match with the same parameters however written, and without what each side chooses (W3C §5.4)",
        arguments: [
            ("VP8", nil, nil, true, true), ("VP8", nil, "", false, false),
            ("VP9", "profile-id=0", "PROFILE-ID=0", true, true), ("VP9", "profile-id=0", "profile-id=2", false, false),
            ("VP9", "max-fs=1", "profile-id=0;max-fs=1", true, true),
            (
                "H264", "packetization-mode=1;profile-level-id=42E01F", "profile-level-id=42e01f;packetization-mode=1",
                true, true
            ),
            ("H264", "profile-level-id=42e01f", "profile-level-id=42e034", false, true),
            ("H264", "profile-level-id=42e01f", "profile-level-id=42001f", false, false),
            ("AV1", "profile=0", "level-idx=5;profile=0;tier=0", true, true),
            ("AV1", "level-idx=5;profile=0", "level-idx=13;profile=0", false, true),
            ("AV1", "profile=0", "profile=1", false, true),
            ("H265", "level-id=93", "level-id=180", false, true),
            ("H265", "profile-id=1", "profile-id=2", false, false),
            ("VP8", "a/b", "a/b", true, true), ("VP8", "a/b", "a/c", false, false), ("VP8", "a=1", "a", false, false),
        ] as [(String, String?, String?, Bool, Bool)])
    func matching(name: String, one: String?, other: String?, isSame: Bool, isCompatible: Bool) {
        let (a, b) = (codec(name, one), codec(name.lowercased(), other))
        #expect(a.matches(b) == isSame && b.matches(a) == isSame)
        #expect(a.matches(b, ignoringAsymmetry: true) == isCompatible)
    }

    @Test("clock, channels and kind have to be the same")
    func different() {
        let opus = RTPCodec(mimeType: "audio/opus", clockRate: 48_000, channels: 2)
        let others = [
            RTPCodec(mimeType: "audio/opus", clockRate: 48_000, channels: 1),
            RTPCodec(mimeType: "audio/opus", clockRate: 48_000),
            RTPCodec(mimeType: "audio/opus", clockRate: 8_000, channels: 2),
            RTPCodec(mimeType: "video/opus", clockRate: 48_000, channels: 2),
        ]
        #expect(others.allSatisfy { !opus.matches($0) } && opus.matches(opus))
    }

    @Test("preferences are some of the capabilities, each once, and not only what is auxiliary (W3C §5.4)")
    func preferences() throws {
        for kind in MediaKind.allCases {
            let capabilities = RTPCapabilities(kind)
            let all = capabilities.codecs
            #expect(try capabilities.preferences([]) == [] && capabilities.preferences(all) == all)
            #expect(try capabilities.preferences(all.reversed() + all) == all.reversed())
            let other = RTPCapabilities(kind == .audio ? .video : .audio).codecs
            let invented = RTPCodec(
                mimeType: "\(kind.rawValue)/piepiper", clockRate: 2_000, channels: 2, sdpFmtpLine: "a=fmtp:98 0-15")
            var altered = (0..<4).map { _ in all[0] }
            altered[0].clockRate *= 2
            altered[1].channels = (altered[1].channels ?? 0) + 1
            altered[2].sdpFmtpLine = "x-unknown=1"
            altered[3].mimeType += "x"
            for codec in altered + [invented, other[0]] {
                #expect(code { _ = try capabilities.preferences([codec]) } == .invalidModification)
                #expect(code { _ = try capabilities.preferences(all + [codec]) } == .invalidModification)
            }
            let auxiliary = all.filter(\.isAuxiliary)
            #expect(code { _ = try capabilities.preferences(auxiliary) } == .invalidModification)
        }
        var twice = RTPCapabilities(.audio).codecs[0]
        twice.sdpFmtpLine = "useinbandfec=1;minptime=10"
        twice.mimeType = "AUDIO/OPUS"
        let preferences = try RTPCapabilities(.audio).preferences([twice, RTPCapabilities(.audio).codecs[0]])
        #expect(preferences == [twice])
    }

    @Test("retransmission, redundancy, repair, comfort noise and telephone events are nothing to send media with")
    func auxiliary() {
        for name in ["video/rtx", "AUDIO/RED", "video/ulpfec", "audio/telephone-event", "audio/CN", "video/flexfec-03"]
        {
            #expect(RTPCodec(mimeType: name, clockRate: 8_000).isAuxiliary, "\(name)")
        }
        let codecs = MediaKind.allCases.flatMap { RTPCapabilities($0).codecs }
        let auxiliary = codecs.filter(\.isAuxiliary).map(\.mimeType)
        #expect(auxiliary == ["audio/red", "audio/telephone-event", "audio/telephone-event", "video/rtx"])
    }
}
