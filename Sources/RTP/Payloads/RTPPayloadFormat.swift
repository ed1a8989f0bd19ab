/// How frames of a codec travel in RTP packets, both ways: one source's, in one direction at a time.
///
/// A value, without I/O. It cuts a frame into payloads without copying it: what a packet carries is
/// a few bytes of the format's own and a part of the frame.
public protocol RTPPayloadFormat: Sendable {
    /// Cuts a frame, and calls `body` with what each packet carries, in order. The marker bit goes on
    /// the last (for audio: see the format).
    ///
    /// - Parameters:
    ///   - frame: one frame as the codec's encoder gives it; see the format.
    ///   - maximumSize: bytes that a payload may have, 64 or more.
    /// - Throws: ``RTPError`` for what is no frame of the codec; `body` has not been called then.
    mutating func cut(
        _ frame: Span<UInt8>, maximumSize: Int, _ body: (PayloadPart) -> Void
    ) throws(RTPError)

    /// Whether a payload can be the first of a frame.
    func begins(_ payload: Span<UInt8>) -> Bool

    /// Whether a payload is the first of a frame that needs no other.
    func beginsKeyFrame(_ payload: Span<UInt8>) -> Bool

    /// Appends what a payload carries to the frame that it belongs to. Payloads are given in order and
    /// without gaps, the first of a frame to an empty one.
    ///
    /// - Throws: ``RTPError`` for a payload that is not what it should be; the frame is of no use then.
    mutating func join(_ payload: Span<UInt8>, to frame: inout [UInt8]) throws(RTPError)
}

/// What one packet carries of a frame.
public struct PayloadPart: Sendable {
    /// What goes in front of the part.
    public let prefix: PayloadPrefix
    /// Which part of the frame.
    public let range: Range<Int>
    /// Whether it is the frame's last.
    public let isLast: Bool

    /// Appends the payload.
    ///
    /// - Parameter frame: that which was cut.
    public func append(of frame: Span<UInt8>, to bytes: inout [UInt8]) {
        for index in 0..<prefix.count { bytes.append(prefix[index]) }
        bytes.append(frame.extracting(range))
    }
}

/// Some bytes in front of a part, without an allocation: at most 16.
public struct PayloadPrefix: Sendable {
    private var high: UInt64 = 0
    private var low: UInt64 = 0
    /// How many there are.
    public private(set) var count = 0

    /// None.
    public init() {}

    /// Those.
    init(_ bytes: UInt8...) { for byte in bytes { append(byte) } }

    /// The byte at an index below ``count``.
    public subscript(index: Int) -> UInt8 {
        let (word, place) = index < 8 ? (high, index) : (low, index - 8)
        return UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * place))
    }

    mutating func append(_ byte: UInt8) {
        precondition(count < 16, "a prefix has at most 16 bytes")
        if count < 8 { high |= UInt64(byte) << UInt64(56 - 8 * count) } else { low |= UInt64(byte) << UInt64(120 - 8 * count) }
        count += 1
    }
}

/// Parts of about one size, so that the system can cut a batch of them apart (UDP_SEGMENT): all but
/// the last are equally long.
func evenParts(of range: Range<Int>, maximum: Int) -> some Sequence<Range<Int>> {
    let parts = max(1, (range.count + maximum - 1) / maximum)
    let size = max(1, (range.count + parts - 1) / parts)
    return stride(from: range.lowerBound, to: range.upperBound, by: size).lazy.map {
        $0..<min(range.upperBound, $0 + size)
    }
}
