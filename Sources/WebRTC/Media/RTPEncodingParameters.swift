internal import JSEP

/// One of the encodings in which a sender sends its track. W3C `RTCRtpEncodingParameters` §5.2.
///
/// Nothing is encoded here: ``active`` is carried out, the other values are kept for the
/// application's encoder, and read from there.
public struct RTPEncodingParameters: Sendable, Hashable {
    /// The encoding's name (RFC 8851): 1 to 255 letters and digits; nil where there is but one.
    public var rid: String?
    /// Whether it is sent at the moment.
    public var active: Bool
    /// The most it may take, 1 or more, in bit/s without headers; nil for no limit.
    public var maxBitrate: Int?
    /// The most pictures a second, 0 or more; nil for no limit. Of video only.
    public var maxFramerate: Double?
    /// By how much a picture is smaller each way, 1 or more; what is read is never nil for video.
    /// Of video only.
    ///
    /// Where no encoding has one, each is half the size of the next: 4, 2, 1. Where some have one,
    /// the others have 1.
    public var scaleResolutionDownBy: Double?

    /// An encoding.
    public init(
        rid: String? = nil, active: Bool = true, maxBitrate: Int? = nil, maxFramerate: Double? = nil,
        scaleResolutionDownBy: Double? = nil
    ) {
        self.rid = rid
        self.active = active
        self.maxBitrate = maxBitrate
        self.maxFramerate = maxFramerate
        self.scaleResolutionDownBy = scaleResolutionDownBy
    }
}

extension RTPEncodingParameters {
    /// W3C §5.1 `addTransceiver`, and §5.2 `setParameters`: what is out of its range.
    static func check(_ encodings: [RTPEncodingParameters], _ kind: MediaKind, _ operation: String) throws(WebRTCError)
    {
        for (index, encoding) in encodings.enumerated() {
            if let scale = encoding.scaleResolutionDownBy, kind == .video, !(scale >= 1) {
                throw WebRTCError(
                    .range, "\(operation): scaleResolutionDownBy of encoding \(index) is \(scale); it is 1 or more")
            }
            if let rate = encoding.maxFramerate, kind == .video, !(rate >= 0) {
                throw WebRTCError(.range, "\(operation): maxFramerate of encoding \(index) is \(rate); it is 0 or more")
            }
            if let rate = encoding.maxBitrate, rate <= 0 {
                throw WebRTCError(
                    .range,
                    "\(operation): maxBitrate of encoding \(index) is \(rate); it is 1 or more, or nil; "
                        + "active = false sends nothing")
            }
        }
    }
}
