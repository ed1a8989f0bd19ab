/// When the first sample of a packet was captured (webrtc.org, abs-capture-time).
public struct AbsoluteCaptureTime: RTPExtensionValue {
    public static let uri = "http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time"
    /// By the clock of who captured it: seconds since 1900 in the upper half, 2^-32 s in the lower.
    public var captureTime: UInt64
    /// What to add to the capturer's clock to have that of who sends the packet, in 2^-32 s; nil if
    /// it is not known.
    public var clockOffset: Int64?

    /// Makes one.
    public init(captureTime: UInt64, clockOffset: Int64? = nil) {
        self.captureTime = captureTime
        self.clockOffset = clockOffset
    }

    public init?(_ value: Span<UInt8>) {
        guard value.count == 8 || value.count == 16 else { return nil }
        captureTime = value.uint64(at: 0)
        clockOffset = value.count == 16 ? Int64(bitPattern: value.uint64(at: 8)) : nil
    }

    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(big: captureTime)
        if let clockOffset { bytes.append(big: UInt64(bitPattern: clockOffset)) }
        return bytes
    }
}
