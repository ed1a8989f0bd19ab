/// Opus in RTP (RFC 7587): a packet of the codec is a payload as it is.
public struct OpusFormat: RTPPayloadFormat {
    /// The clock of its timestamps, whatever it was sampled at (§4.1).
    public static let clockRate = 48_000

    /// There is nothing to choose.
    public init() {}

    public mutating func cut(
        _ frame: Span<UInt8>, maximumSize: Int, _ body: (PayloadPart) -> Void
    ) throws(RTPError) {
        guard !frame.isEmpty else { throw .truncated(field: "an Opus packet", needed: 1, available: 0) }
        guard frame.count <= maximumSize else {
            throw .outOfRange(field: "the length of an Opus packet", value: frame.count, allowed: 1...maximumSize)
        }
        body(PayloadPart(prefix: PayloadPrefix(), range: 0..<frame.count, isLast: true))
    }

    public func begins(_ payload: Span<UInt8>) -> Bool { !payload.isEmpty }

    public func beginsKeyFrame(_ payload: Span<UInt8>) -> Bool { !payload.isEmpty }

    public mutating func join(_ payload: Span<UInt8>, to frame: inout [UInt8]) throws(RTPError) {
        guard !payload.isEmpty else { throw .truncated(field: "an Opus packet", needed: 1, available: 0) }
        frame.append(payload)
    }

    /// How many samples at 48 kHz a packet has, by its first bytes (RFC 6716 §3.1); nil if it is
    /// none: it has more than 120 ms, or ends before its number of frames.
    public static func sampleCount(of packet: Span<UInt8>) -> Int? {
        guard !packet.isEmpty else { return nil }
        let configuration = packet[0] >> 3
        let size =
            switch configuration {
            case 0...11: [480, 960, 1920, 2880][Int(configuration & 3)]
            case 12...15: [480, 960][Int(configuration & 1)]
            default: [120, 240, 480, 960][Int(configuration & 3)]
            }
        let frames: Int
        switch packet[0] & 3 {
        case 0: frames = 1
        case 1, 2: frames = 2
        default:
            guard packet.count > 1 else { return nil }
            frames = Int(packet[1] & 0x3F)
        }
        let samples = frames * size
        return (1...5760).contains(samples) ? samples : nil
    }
}
