/// What one packet carries, in bytes that others share: those of a frame, which its other parts
/// have, too, and other peers' packets, or of a packet that many peers get. What is this packet's
/// own are some bytes in front. A value.
package struct SharedPayload: Sendable {
    /// What the rest is a part of.
    package let bytes: [UInt8]
    // Small: each peer has a thousand of them.
    private let start: UInt32
    private let size: UInt32
    /// What goes in front.
    package let prefix: PayloadPrefix

    /// Which part of ``bytes``.
    package var range: Range<Int> { Int(start)..<Int(start) + Int(size) }

    /// Makes one. `range` is cut to what there is.
    package init(prefix: PayloadPrefix = PayloadPrefix(), of bytes: [UInt8], _ range: Range<Int>) {
        self.prefix = prefix
        self.bytes = bytes
        let range = range.clamped(to: 0..<min(bytes.count, Int(UInt32.max)))
        (start, size) = (UInt32(range.lowerBound), UInt32(range.count))
    }

    /// All of some bytes.
    package init(_ bytes: [UInt8]) { self.init(of: bytes, 0..<bytes.count) }

    /// A part of a frame.
    init(_ part: PayloadPart, of frame: [UInt8]) {
        guard part.pieces.isEmpty, frame.count <= Self.largestShared else {
            var bytes: [UInt8] = []
            part.append(of: frame.span, to: &bytes)
            self.init(bytes)
            return
        }
        self.init(prefix: part.prefix, of: frame, part.range)
    }

    /// Of what is larger each part is a copy: it would be held whole for the last of its parts.
    static let largestShared = 1 << 19

    /// How many bytes it has.
    package var count: Int { prefix.count + Int(size) }

    /// Appends it.
    package func append(to packet: inout [UInt8]) {
        for index in 0..<prefix.count { packet.append(prefix[index]) }
        packet.append(bytes.span.extracting(range))
    }
}
