/// An RTP header extension that this side can negotiate (RFC 8285).
struct HeaderExtension: Sendable, Hashable {
    /// The ids that an extension may have, those above 14 in two-byte headers only (RFC 8285 §4.3).
    /// Others are only for offers that have run out of them (§7).
    static let ids: ClosedRange<UInt16> = 1...255
    let uri: String
    /// The id to offer unless it is in use for another; without one the extension is only offered
    /// where the session has it.
    ///
    /// Chromium gives these to no other extension: it does not forget the ids of an offer that it
    /// has rolled back. Where one of them means something else in our offer it refuses that, or
    /// cannot make its own next one. Of 1 to 14 its audio and its video, in whichever order, leave
    /// only 9 and 12 besides those that always mean the same. There is one more to offer than that:
    /// 14 is another one's where its sound came first, and pictures with it.
    let id: UInt16?

    static func all(of kind: MediaKind) -> [HeaderExtension] { kind == .audio ? audio : video }

    private static let audio =
        [
            HeaderExtension(uri: "urn:ietf:params:rtp-hdrext:ssrc-audio-level", id: 14),
            HeaderExtension(uri: "urn:ietf:params:rtp-hdrext:csrc-audio-level", id: nil),
        ] + common
    private static let common = [
        HeaderExtension(uri: "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time", id: 2),
        transportSequenceNumber,
        HeaderExtension(uri: "urn:ietf:params:rtp-hdrext:sdes:mid", id: 9),
        HeaderExtension(uri: "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time", id: nil),
    ]
    private static let video =
        common + [
            streamID,
            HeaderExtension(uri: "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id", id: 11),
            HeaderExtension(uri: "urn:3gpp:video-orientation", id: 13),
            // In Chromium it is 5 whatever comes first.
            HeaderExtension(uri: "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay", id: 5),
            HeaderExtension(
                uri: "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension", id: nil),
            HeaderExtension(uri: "http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00", id: nil),
        ]
    /// The number of a packet among all of its transport, for feedback on arrivals.
    static let transportSequenceNumber = HeaderExtension(
        uri: "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01", id: 12)
    /// Which encoding of several a packet is of (RFC 8852).
    static let streamID = HeaderExtension(uri: "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id", id: 10)
}
