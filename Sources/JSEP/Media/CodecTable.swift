/// A codec that this side can negotiate.
struct CodecCapability: Sendable, Hashable {
    let kind: MediaKind
    let name: String
    let clockRate: UInt32
    var channels: UInt8?
    /// The parameters of `a=fmtp` that this side asks for.
    var parameters: String?
    /// The payload type to offer unless it is in use for something else; the next one is that of its `rtx`.
    let payloadType: UInt8
    /// The values of `a=rtcp-fb`.
    var feedback: [String] = []
    /// Whether lost packets can be sent again with RFC 4588.
    var isRepaired = false

    var codec: RTPCodec {
        RTPCodec(
            mimeType: "\(kind.rawValue)/\(name)", clockRate: clockRate,
            channels: kind == .audio ? channels ?? 1 : nil, sdpFmtpLine: parameters)
    }
}

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
            payloadType: 111, feedback: ["transport-cc"]),
        CodecCapability(kind: .audio, name: "PCMU", clockRate: 8_000, payloadType: 0),
        CodecCapability(kind: .audio, name: "PCMA", clockRate: 8_000, payloadType: 8),
        CodecCapability(kind: .audio, name: "telephone-event", clockRate: 48_000, payloadType: 110),
        CodecCapability(kind: .audio, name: "telephone-event", clockRate: 8_000, payloadType: 126),
    ]

    static let video = [
        video("VP8", 96),
        video("VP9", 98, "profile-id=0"),
        video("H264", 102, h264(profile: "42001f", mode: 1)),
        video("H264", 104, h264(profile: "42001f", mode: 0)),
        video("H264", 106, h264(profile: "42e01f", mode: 1)),
        video("H264", 108, h264(profile: "42e01f", mode: 0)),
    ]

    private static func video(_ name: String, _ payloadType: UInt8, _ parameters: String? = nil) -> CodecCapability {
        CodecCapability(
            kind: .video, name: name, clockRate: 90_000, parameters: parameters, payloadType: payloadType,
            feedback: ["goog-remb", "transport-cc", "ccm fir", "nack", "nack pli"], isRepaired: true)
    }

    private static func h264(profile: String, mode: Int) -> String {
        "level-asymmetry-allowed=1;packetization-mode=\(mode);profile-level-id=\(profile)"
    }
}

/// An RTP header extension that this side can negotiate (RFC 8285).
struct HeaderExtension: Sendable, Hashable {
    /// The ids that an extension may have, those above 14 in two-byte headers only (RFC 8285 §4.3). Others are only for
    /// offers that have run out of them (§7).
    static let ids: ClosedRange<UInt16> = 1...255
    /// The ids that we give: every peer knows one-byte headers, in which 15 is reserved (RFC 8285 §4.2), and Firefox refuses
    /// an offer with another.
    static let ownIDs: ClosedRange<UInt16> = 1...14

    let uri: String
    /// The id to offer unless it is in use for another; without one the extension is only offered where the session has it.
    ///
    /// Chromium never gives one of these to another extension: it does not forget the ids of an offer that it has rolled
    /// back. Where one of them means something else in our offer it refuses that, or cannot make its own next one. Of
    /// 1 to 14 its audio and its video, in whichever order, leave only 9 and 12 besides those that always mean the same.
    let id: UInt16?

    static func all(of kind: MediaKind) -> [HeaderExtension] {
        kind == .audio ? [audioLevel] + common : common + [streamID, repairedStreamID, videoOrientation]
    }

    private static let audioLevel = HeaderExtension(uri: "urn:ietf:params:rtp-hdrext:ssrc-audio-level", id: 12)
    private static let common = [
        HeaderExtension(uri: "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time", id: 2),
        HeaderExtension(uri: "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01", id: nil),
        HeaderExtension(uri: "urn:ietf:params:rtp-hdrext:sdes:mid", id: 9),
    ]
    private static let streamID = HeaderExtension(uri: "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id", id: 10)
    private static let repairedStreamID = HeaderExtension(
        uri: "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id", id: 11)
    private static let videoOrientation = HeaderExtension(uri: "urn:3gpp:video-orientation", id: 13)
}
