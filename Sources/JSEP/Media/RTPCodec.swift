/// A codec as applications name it. W3C `RTCRtpCodec`.
public struct RTPCodec: Sendable, Hashable, Codable {
    /// Such as `audio/opus`; cases do not matter.
    public var mimeType: String
    /// Ticks of the RTP clock a second.
    public var clockRate: UInt32
    /// Channels of audio; nil for video.
    public var channels: UInt8?
    /// The parameters of `a=fmtp`, such as `minptime=10;useinbandfec=1`.
    public var sdpFmtpLine: String?

    /// Names a codec.
    public init(mimeType: String, clockRate: UInt32, channels: UInt8? = nil, sdpFmtpLine: String? = nil) {
        self.mimeType = mimeType
        self.clockRate = clockRate
        self.channels = channels
        self.sdpFmtpLine = sdpFmtpLine
    }

    /// Whether this repairs or signals beside another codec and is none to send media with.
    package var isAuxiliary: Bool {
        let name = mimeType.lowercased()
        return name == "video/rtx" || name == "audio/telephone-event"
    }

    /// The same codec with the same parameters.
    package func matches(_ other: RTPCodec) -> Bool {
        mimeType.lowercased() == other.mimeType.lowercased() && clockRate == other.clockRate
            && channels == other.channels && sdpFmtpLine == other.sdpFmtpLine
    }
}

/// What a sender or receiver of a kind can do. W3C `RTCRtpCapabilities`.
public struct RTPCapabilities: Sendable, Hashable {
    /// The codecs, in order of preference; `rtx` once for all that it repairs.
    public let codecs: [RTPCodec]
    /// The URIs of the header extensions.
    public let headerExtensions: [String]

    /// What this library negotiates for a kind, in either direction.
    package init(_ kind: MediaKind) {
        let table = CodecTable.codecs(of: kind)
        codecs = table.map(\.codec) + (table.contains(where: \.isRepaired) ? [CodecTable.repair] : [])
        headerExtensions = HeaderExtension.all(of: kind).map(\.uri)
    }
}
