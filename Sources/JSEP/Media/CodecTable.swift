/// The codecs of this library, in its order of preference.
enum CodecTable {
    static func codecs(of kind: MediaKind) -> [CodecCapability] {
        kind == .audio ? audio : video
    }

    /// Retransmission, as applications name it.
    static let repair = RTPCodec(mimeType: "video/rtx", clockRate: 90_000)

    static let audio = [
        CodecCapability(
            kind: .audio, name: "opus", clockRate: 48_000, channels: 2, parameters: "minptime=10;useinbandfec=1",
            payloadType: 111, feedback: [RTPFormat.transportWideFeedback]),
        CodecCapability(
            kind: .audio, name: "red", clockRate: 48_000, channels: 2, parameters: "111/111", payloadType: 63),
        CodecCapability(kind: .audio, name: "G722", clockRate: 8_000, payloadType: 9),
        CodecCapability(kind: .audio, name: "PCMU", clockRate: 8_000, payloadType: 0),
        CodecCapability(kind: .audio, name: "PCMA", clockRate: 8_000, payloadType: 8),
        CodecCapability(kind: .audio, name: "telephone-event", clockRate: 48_000, payloadType: 110),
        CodecCapability(kind: .audio, name: "telephone-event", clockRate: 8_000, payloadType: 126),
    ]

    /// With their `rtx` these are more than fit into 96 to 127 beside audio; what peers know least
    /// has the numbers below 64, as in Chromium.
    static let video = [
        video("VP8", 96),
        video("VP9", 98, "profile-id=0"),
        video("VP9", 100, "profile-id=2"),
        // Baseline, constrained baseline, main, high and constrained high.
        video("H264", 102, h264(profile: "42001f", mode: 1)),
        video("H264", 104, h264(profile: "42001f", mode: 0)),
        video("H264", 106, h264(profile: "42e01f", mode: 1)),
        video("H264", 108, h264(profile: "42e01f", mode: 0)),
        video("H264", 112, h264(profile: "4d001f", mode: 1)),
        video("H264", 114, h264(profile: "4d001f", mode: 0)),
        video("H264", 116, h264(profile: "64001f", mode: 1)),
        video("H264", 118, h264(profile: "64001f", mode: 0)),
        video("H264", 120, h264(profile: "640c1f", mode: 1)),
        video("AV1", 45, "level-idx=5;profile=0;tier=0"),
        video("H265", 49, "level-id=93;profile-id=1;tier-flag=0;tx-mode=SRST"),
    ]

    /// Those that have parameters, by these.
    static let written: [String: CodecCapability] = {
        let all = (audio + video).compactMap { codec in codec.parameters.map { ($0, codec) } }
        return Dictionary(all, uniquingKeysWith: { first, _ in first })
    }()

    private static func video(_ name: String, _ payloadType: UInt8, _ parameters: String? = nil) -> CodecCapability {
        CodecCapability(
            kind: .video, name: name, clockRate: 90_000, parameters: parameters, payloadType: payloadType,
            feedback: ["goog-remb", RTPFormat.transportWideFeedback, "ccm fir", "nack", "nack pli"], isRepaired: true)
    }

    private static func h264(profile: String, mode: Int) -> String {
        "level-asymmetry-allowed=1;packetization-mode=\(mode);profile-level-id=\(profile)"
    }
}
