/// VP9 in RTP (RFC 9628): what is written has one layer, and is not of the flexible mode; any is
/// read. A frame is one frame of the codec, or a superframe, as IVF and WebM hold it.
public struct VP9Format: RTPPayloadFormat {
    /// The number of the next picture, 15 bits.
    public var pictureID: UInt16
    /// Where the layers of the picture that is joined begin.
    private var layers: [Int] = []

    /// - Parameter pictureID: where to begin.
    public init(pictureID: UInt16 = 0) { self.pictureID = pictureID & 0x7FFF }

    public mutating func cut(
        _ frame: Span<UInt8>, maximumSize: Int, _ body: (PayloadPart) -> Void
    ) throws(RTPError) {
        guard !frame.isEmpty else { throw .truncated(field: "a VP9 frame", needed: 1, available: 0) }
        let isKey = Self.isKeyFrame(frame)
        for range in evenParts(of: 0..<frame.count, maximum: maximumSize - 3) {
            // I, and P for a frame that needs another; B and E for its beginning and end (§4.2).
            let first: UInt8 =
                0x80 | (isKey ? 0 : 0x40) | (range.lowerBound == 0 ? 0x08 : 0)
                | (range.upperBound == frame.count ? 0x04 : 0)
            let prefix = PayloadPrefix(
                first, 0x80 | UInt8(truncatingIfNeeded: pictureID >> 8), UInt8(truncatingIfNeeded: pictureID))
            body(PayloadPart(prefix: prefix, range: range, isLast: range.upperBound == frame.count))
        }
        pictureID = (pictureID &+ 1) & 0x7FFF
    }

    public func begins(_ payload: Span<UInt8>) -> Bool {
        guard let descriptor = try? Descriptor(payload) else { return false }
        return descriptor.isFrameStart && (descriptor.spatialLayer ?? 0) == 0
    }

    public func beginsKeyFrame(_ payload: Span<UInt8>) -> Bool {
        guard let descriptor = try? Descriptor(payload) else { return false }
        return descriptor.isFrameStart && !descriptor.isPredicted && (descriptor.spatialLayer ?? 0) == 0
    }

    public mutating func join(_ payload: Span<UInt8>, to frame: inout [UInt8]) throws(RTPError) {
        let descriptor = try Descriptor(payload)
        if frame.isEmpty { layers = [] }
        if descriptor.isFrameStart, layers.count < Self.maximumLayers { layers.append(frame.count) }
        frame.append(payload.extracting(descriptor.size...))
    }

    /// Layers in space are a superframe, whose index says where each of them is (VP9 bitstream
    /// specification, Annex B).
    public mutating func finish(_ frame: inout [UInt8]) {
        guard layers.count > 1 else { return }
        let sizes = zip(layers, layers.dropFirst() + [frame.count]).map { $1 - $0 }
        let width = (sizes.max() ?? 0).bitWidth / 8 - (sizes.max() ?? 0).leadingZeroBitCount / 8
        let marker = 0xC0 | UInt8(width - 1) << 3 | UInt8(sizes.count - 1)
        frame.append(marker)
        for size in sizes {
            for place in 0..<width { frame.append(UInt8(truncatingIfNeeded: size >> (8 * place))) }
        }
        frame.append(marker)
        layers = []
    }

    private static let maximumLayers = 8

    /// The frame type of the uncompressed header (VP9 bitstream specification §6.2).
    private static func isKeyFrame(_ frame: Span<UInt8>) -> Bool {
        let byte = frame[0]
        let hasReserved = byte & 0x30 == 0x30
        let showsExisting = byte >> (hasReserved ? 2 : 3) & 1 == 1
        return !showsExisting && byte >> (hasReserved ? 1 : 2) & 1 == 0
    }

    /// What stands in front of each payload (§4.2).
    public struct Descriptor: Sendable, Hashable {
        /// Its bytes.
        public let size: Int
        /// Whether the frame needs another one of another picture.
        public let isPredicted: Bool
        /// Whether a frame of a layer begins.
        public let isFrameStart: Bool
        /// Whether it ends.
        public let isFrameEnd: Bool
        /// Of 7 or 15 bits.
        public private(set) var pictureID: UInt16?
        /// The layer in time, 0 to 7.
        public private(set) var temporalLayer: UInt8?
        /// The layer in space, 0 to 7.
        public private(set) var spatialLayer: UInt8?
        /// Whether a receiver can go up to this layer in time here.
        public private(set) var isSwitchingPoint = false
        /// Whether the frame needs the one below it of the same picture.
        public private(set) var needsLowerLayer = false
        /// Counts the pictures of the lowest layer in time; not in the flexible mode.
        public private(set) var baseLayerIndex: UInt8?

        /// Reads it.
        public init(_ payload: Span<UInt8>) throws(RTPError) {
            var next = 0
            func byte() throws(RTPError) -> UInt8 {
                guard next < payload.count else {
                    throw .truncated(field: "the VP9 descriptor", needed: next + 1, available: payload.count)
                }
                defer { next += 1 }
                return payload[next]
            }
            let flags = try byte()
            isPredicted = flags & 0x40 != 0
            isFrameStart = flags & 0x08 != 0
            isFrameEnd = flags & 0x04 != 0
            let isFlexible = flags & 0x10 != 0
            if flags & 0x80 != 0 {
                let id = try byte()
                pictureID = try id & 0x80 != 0 ? UInt16(id & 0x7F) << 8 | UInt16(byte()) : UInt16(id & 0x7F)
            }
            if flags & 0x20 != 0 {
                let layers = try byte()
                temporalLayer = layers >> 5
                isSwitchingPoint = layers & 0x10 != 0
                spatialLayer = layers >> 1 & 7
                needsLowerLayer = layers & 1 != 0
                if !isFlexible { baseLayerIndex = try byte() }
            }
            if isFlexible, isPredicted {
                // Up to three pictures that it needs; the lowest bit says that another follows.
                var count = 1
                while try byte() & 1 != 0 {
                    count += 1
                    guard count <= 3 else {
                        throw .outOfRange(field: "the pictures that a VP9 picture needs", value: count, allowed: 1...3)
                    }
                }
            }
            if flags & 0x02 != 0 {
                // The scalability structure (§4.2.1): sizes of layers, then a group of pictures.
                let structure = try byte()
                if structure & 0x10 != 0 { next += 4 * (Int(structure >> 5) + 1) }
                if structure & 0x08 != 0 {
                    for _ in 0..<(try byte()) {
                        let picture = try byte()
                        next += Int(picture >> 2 & 3)
                    }
                }
            }
            guard next < payload.count else {
                throw .truncated(field: "the VP9 payload", needed: next + 1, available: payload.count)
            }
            size = next
        }
    }
}
