/// How frames of a codec travel in RTP packets, both ways: one source's, in one direction at a
/// time.
///
/// A value, without I/O. It cuts a frame into payloads without copying it: what a packet carries is
/// a few bytes of the format's own and a part of the frame.
public protocol RTPPayloadFormat: Sendable {
    /// Cuts a frame, and calls `body` with what each packet carries, in order. The marker bit goes
    /// on the last (for audio: see the format).
    ///
    /// - Parameters:
    ///   - frame: one frame as the codec's encoder gives it; see the format.
    ///   - maximumSize: bytes that a payload may have, 64 or more.
    ///   - body: given each part, once.
    /// - Throws: ``RTPError`` for what is no frame of the codec; `body` has not been called then.
    mutating func cut(
        _ frame: Span<UInt8>, maximumSize: Int, _ body: (PayloadPart) -> Void
    ) throws(RTPError)

    /// Whether a payload can be the first of a frame.
    func begins(_ payload: Span<UInt8>) -> Bool

    /// Whether a payload is the first of a frame that needs no other.
    func beginsKeyFrame(_ payload: Span<UInt8>) -> Bool

    /// Appends what a payload carries to the frame that it belongs to. Payloads are given in order
    /// and without gaps, the first of a frame to an empty one.
    ///
    /// - Throws: ``RTPError`` for a payload that is not what it should be; the frame is of no use
    ///   then.
    mutating func join(_ payload: Span<UInt8>, to frame: inout [UInt8]) throws(RTPError)

    /// Appends what the codec wants behind the last payload of a frame that is whole; mostly
    /// nothing.
    mutating func finish(_ frame: inout [UInt8])
}

extension RTPPayloadFormat {
    public mutating func finish(_ frame: inout [UInt8]) {}
}
