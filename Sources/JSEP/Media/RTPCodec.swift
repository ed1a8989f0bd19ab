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

    /// What repairs, repeats or signals beside another codec: RFC 4588, 2198, 5109 and 8627, 4733
    /// and 3389.
    static let auxiliaryNames: Set<String> = ["rtx", "red", "ulpfec", "flexfec", "flexfec-03", "telephone-event", "cn"]

    /// Whether this repairs or signals beside another codec and is none to send media with.
    package var isAuxiliary: Bool { Self.auxiliaryNames.contains(name) }

    /// Behind the slash of ``mimeType``, in lower case.
    private var name: String {
        mimeType.lowercased().split(separator: "/", maxSplits: 1).last.map(String.init) ?? ""
    }

    /// The same codec with the same parameters, however they are written: the "codec dictionary
    /// match" of W3C §5.4.
    package func matches(_ other: RTPCodec) -> Bool { matches(other, ignoringAsymmetry: false) }

    /// The same.
    ///
    /// - Parameter ignoringAsymmetry: whether parameters do not matter that each side chooses for
    ///   itself, such as the level of H.264.
    package func matches(_ other: RTPCodec, ignoringAsymmetry: Bool) -> Bool {
        guard mimeType.lowercased() == other.mimeType.lowercased(), clockRate == other.clockRate,
            channels == other.channels
        else { return false }
        guard let ours = sdpFmtpLine, let theirs = other.sdpFmtpLine else { return sdpFmtpLine == other.sdpFmtpLine }
        guard ours != theirs else { return true }
        guard let mine = CodecParameters(ours, of: name), let yours = CodecParameters(theirs, of: name) else {
            return false
        }
        if !ignoringAsymmetry { return mine == yours }
        // All that AV1 has each side chooses for itself (RTP payload format for AV1 §7.2.3.1).
        if name == "av1" { return true }
        let profiles = [self, other].map {
            CodecIdentity(name: name, clockRate: clockRate, channels: channels, parameters: $0.sdpFmtpLine).profile
        }
        return profiles[0] == profiles[1] && profiles[0] != .unknown
    }
}
