/// When a packet was sent, by its sender's clock (webrtc.org, abs-send-time).
public struct AbsoluteSendTime: RTPExtensionValue {
    public static let uri = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
    /// In units of 2^-18 s, modulo 64 s: 24 bits.
    public var time: UInt32

    /// Takes the lowest 24 bits.
    public init(time: UInt32) { self.time = time & 0xFF_FFFF }

    /// Of an NTP time, which has seconds in the upper half and 2^-32 s in the lower.
    public init(ntpTime: UInt64) { self.init(time: UInt32(truncatingIfNeeded: ntpTime >> 14)) }

    public init?(_ value: Span<UInt8>) {
        guard value.count == 3 else { return nil }
        time = value.uint24(at: 0)
    }

    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(big24: time)
        return bytes
    }
}
