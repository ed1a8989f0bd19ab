/// What a sender of video means to send of each of its layers (webrtc.org,
/// video-layers-allocation00): so that who forwards it can choose.
public struct VideoLayersAllocation: RTPExtensionValue {
    public static let uri = "http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00"

    /// A layer in space of one of the streams.
    public struct Layer: Sendable, Hashable {
        /// Which of the streams, 0 to 3.
        public var streamIndex: Int
        /// Which layer in space, 0 to 3.
        public var spatialID: Int
        /// In kbit/s, one for each layer in time, 1 to 4: of the layer with all that it needs.
        public var targetBitrates: [Int]
        /// Its size and speed, if the sender says them: for all layers or for none.
        public var picture: Picture?

        /// Makes one.
        public init(streamIndex: Int, spatialID: Int, targetBitrates: [Int], picture: Picture? = nil) {
            self.streamIndex = streamIndex
            self.spatialID = spatialID
            self.targetBitrates = targetBitrates
            self.picture = picture
        }
    }

    /// The size and speed of a layer.
    public struct Picture: Sendable, Hashable {
        /// In pixels, 1 to 65,536.
        public var width: Int
        /// In pixels, 1 to 65,536.
        public var height: Int
        /// Pictures in a second at most, 0 to 255.
        public var frameRate: Int

        /// Makes one.
        public init(width: Int, height: Int, frameRate: Int) {
            self.width = width
            self.height = height
            self.frameRate = frameRate
        }
    }

    /// Which of the streams the packet is of, 0 to 3.
    public var streamIndex: Int
    /// How many streams there are, 1 to 4.
    public var streamCount: Int
    /// Each once, in the order of streams, and of spatial layers in them. None if nothing is sent.
    public var layers: [Layer]

    /// Makes one.
    public init(streamIndex: Int, streamCount: Int, layers: [Layer]) {
        self.streamIndex = streamIndex
        self.streamCount = streamCount
        self.layers = layers
    }

    public init?(_ value: Span<UInt8>) {
        guard !value.isEmpty else { return nil }
        let first = value[0]
        (streamIndex, streamCount) = (Int(first >> 6), Int(first >> 4 & 3) + 1)
        layers = []
        if value.count == 1, first == 0 { return }
        var place = 1
        for stream in 0..<streamCount {
            var mask = first & 0x0F
            if mask == 0 {
                let index = 1 + stream / 2
                guard index < value.count else { return nil }
                mask = stream % 2 == 0 ? value[index] >> 4 : value[index] & 0x0F
                place = index + 1
            }
            for layer in 0..<4 where mask >> UInt8(layer) & 1 == 1 {
                layers.append(Layer(streamIndex: stream, spatialID: layer, targetBitrates: []))
            }
        }
        let counts = place
        place += (layers.count + 3) / 4
        guard !layers.isEmpty, place <= value.count else { return nil }
        for index in layers.indices {
            let count = value[counts + index / 4] >> UInt8(6 - 2 * (index % 4)) & 3
            for _ in 0...count {
                guard let (bitrate, next) = OBU.number(in: value, at: place) else { return nil }
                layers[index].targetBitrates.append(bitrate)
                place = next
            }
        }
        guard place < value.count else { return }
        guard value.count - place == 5 * layers.count else { return nil }
        for index in layers.indices {
            layers[index].picture = Picture(
                width: Int(value.uint16(at: place)) + 1, height: Int(value.uint16(at: place + 2)) + 1,
                frameRate: Int(value[place + 4]))
            place += 5
        }
    }

    /// What is beyond its range is the nearest in it; layers of streams that are not there are left
    /// out.
    public var bytes: [UInt8] {
        let count = min(max(streamCount, 1), 4)
        let layers = layers.filter {
            (0..<count).contains($0.streamIndex) && (0..<4).contains($0.spatialID) && !$0.targetBitrates.isEmpty
        }.sorted { ($0.streamIndex, $0.spatialID) < ($1.streamIndex, $1.spatialID) }
        guard !layers.isEmpty else { return [0] }
        var masks = [UInt8](repeating: 0, count: 4)
        for layer in layers { masks[layer.streamIndex] |= 1 << UInt8(layer.spatialID) }
        let shared = masks[..<count].allSatisfy { $0 == masks[0] } ? masks[0] : 0
        var bytes = [UInt8(min(max(streamIndex, 0), 3)) << 6 | UInt8(count - 1) << 4 | shared]
        if shared == 0 {
            bytes.append(masks[0] << 4 | masks[1])
            if count > 2 { bytes.append(masks[2] << 4 | masks[3]) }
        }
        let counts = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: (layers.count + 3) / 4))
        for (index, layer) in layers.enumerated() {
            let bitrates = layer.targetBitrates.prefix(4)
            bytes[counts + index / 4] |= UInt8(bitrates.count - 1) << UInt8(6 - 2 * (index % 4))
            for bitrate in bitrates { OBU.append(number: min(max(bitrate, 0), Int(UInt32.max)), to: &bytes) }
        }
        let pictures = layers.compactMap(\.picture)
        guard pictures.count == layers.count else { return bytes }
        for picture in pictures {
            bytes.append(big: UInt16(clamping: picture.width - 1))
            bytes.append(big: UInt16(clamping: picture.height - 1))
            bytes.append(UInt8(clamping: picture.frameRate))
        }
        return bytes
    }
}
