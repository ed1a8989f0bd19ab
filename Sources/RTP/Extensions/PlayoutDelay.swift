/// How long a receiver should hold pictures back (webrtc.org, playout-delay).
public struct PlayoutDelay: RTPExtensionValue {
    public static let uri = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"
    /// In units of 10 ms, 0 to 4095.
    public var minimum: UInt16
    /// In units of 10 ms, 0 to 4095.
    public var maximum: UInt16

    /// Makes one; what is above 4095 is that.
    public init(minimum: UInt16, maximum: UInt16) {
        self.minimum = min(minimum, 0xFFF)
        self.maximum = min(maximum, 0xFFF)
    }

    public init?(_ value: Span<UInt8>) {
        guard value.count == 3 else { return nil }
        let bits = value.uint24(at: 0)
        self.init(minimum: UInt16(truncatingIfNeeded: bits >> 12), maximum: UInt16(truncatingIfNeeded: bits & 0xFFF))
    }

    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(big24: UInt32(min(minimum, 0xFFF)) << 12 | UInt32(min(maximum, 0xFFF)))
        return bytes
    }
}
