/// VP8 in RTP (RFC 7741). A frame is one frame of the codec, as IVF and WebM hold it.
public struct VP8Format: RTPPayloadFormat {
    /// The number of the next picture, 15 bits; nil writes none.
    public var pictureID: UInt16?

    /// - Parameter pictureID: where to begin; some receivers need it to tell losses.
    public init(pictureID: UInt16? = nil) { self.pictureID = pictureID.map { $0 & 0x7FFF } }

    public mutating func cut(
        _ frame: Span<UInt8>, maximumSize: Int, _ body: (PayloadPart) -> Void
    ) throws(RTPError) {
        guard !frame.isEmpty else { throw .truncated(field: "a VP8 frame", needed: 1, available: 0) }
        let size = pictureID == nil ? 1 : 4
        for range in evenParts(of: 0..<frame.count, maximum: maximumSize - size) {
            // X, and S for the beginning of the first partition; the partition's number is 0.
            var prefix = PayloadPrefix((pictureID == nil ? 0 : 0x80) | (range.lowerBound == 0 ? 0x10 : 0))
            if let pictureID {
                prefix.append(0x80)
                prefix.append(0x80 | UInt8(truncatingIfNeeded: pictureID >> 8))
                prefix.append(UInt8(truncatingIfNeeded: pictureID))
            }
            body(PayloadPart(prefix: prefix, range: range, isLast: range.upperBound == frame.count))
        }
        pictureID = pictureID.map { ($0 &+ 1) & 0x7FFF }
    }

    public func begins(_ payload: Span<UInt8>) -> Bool {
        guard let descriptor = try? Descriptor(payload) else { return false }
        return descriptor.isPartitionStart && descriptor.partition == 0
    }

    public func beginsKeyFrame(_ payload: Span<UInt8>) -> Bool {
        guard let descriptor = try? Descriptor(payload), descriptor.isPartitionStart, descriptor.partition == 0,
            descriptor.size < payload.count
        else { return false }
        // The inverse key frame flag (RFC 6386 §9.1).
        return payload[descriptor.size] & 1 == 0
    }

    public mutating func join(_ payload: Span<UInt8>, to frame: inout [UInt8]) throws(RTPError) {
        let descriptor = try Descriptor(payload)
        frame.append(payload.extracting(descriptor.size...))
    }

    /// What stands in front of each payload (§4.2).
    public struct Descriptor: Sendable, Hashable {
        /// Its bytes.
        public let size: Int
        /// Whether no other frame needs this one.
        public let isUnreferenced: Bool
        /// Whether a partition begins.
        public let isPartitionStart: Bool
        /// Which partition, 0 to 7.
        public let partition: UInt8
        /// Of 7 or 15 bits.
        public private(set) var pictureID: UInt16?
        /// Counts the pictures of the lowest layer.
        public private(set) var baseLayerIndex: UInt8?
        /// The layer in time, 0 to 3.
        public private(set) var temporalLayer: UInt8?
        /// Whether a receiver can go over to this layer here.
        public private(set) var isLayerSync = false

        /// Reads it.
        public init(_ payload: Span<UInt8>) throws(RTPError) {
            func byte(_ index: Int) throws(RTPError) -> UInt8 {
                guard index < payload.count else {
                    throw .truncated(field: "the VP8 descriptor", needed: index + 1, available: payload.count)
                }
                return payload[index]
            }
            let first = try byte(0)
            isUnreferenced = first & 0x20 != 0
            isPartitionStart = first & 0x10 != 0
            partition = first & 0x07
            var next = 1
            if first & 0x80 != 0 {
                let flags = try byte(1)
                next = 2
                if flags & 0x80 != 0 {
                    let id = try byte(next)
                    next += 1
                    pictureID = UInt16(id & 0x7F)
                    if id & 0x80 != 0 {
                        pictureID = try UInt16(id & 0x7F) << 8 | UInt16(byte(next))
                        next += 1
                    }
                }
                if flags & 0x40 != 0 {
                    baseLayerIndex = try byte(next)
                    next += 1
                }
                if flags & 0x30 != 0 {
                    let layer = try byte(next)
                    next += 1
                    if flags & 0x20 != 0 {
                        temporalLayer = layer >> 6
                        isLayerSync = layer & 0x20 != 0
                    }
                }
            }
            // A payload has a byte of the frame at least (§4.3).
            _ = try byte(next)
            size = next
        }
    }
}
