import RTP

/// Measures what the layers of one source take, and which of them are sent at all, by its packets.
/// Bounded. Pure; time is a parameter.
package struct LayerMeter: Sendable {
    /// Bitrates are of what came in this time.
    package static let window = Duration.seconds(1)
    /// A layer of which nothing has come for so long is dead.
    package static let silence = Duration.seconds(2)
    private static let bucketCount = 10
    /// The tenths of the window, and the one that is not over yet.
    private static let placeCount = bucketCount + 1
    /// In space and in time.
    private static let layerCount = 8

    /// The SSRC.
    package let source: UInt32
    /// The bytes of each layer in each tenth of the window.
    private var bytes = Array(repeating: 0, count: layerCount * layerCount * placeCount)
    /// When each layer was seen last.
    private var seen: [Duration?] = Array(repeating: nil, count: layerCount * layerCount)
    private var resolutions: [FrameDependencyStructure.Resolution] = []
    /// Which tenth it is, and which was the first.
    private var bucket: (current: Int64, first: Int64)?

    /// Nothing has come yet.
    package init(source: UInt32) { self.source = source }

    /// Counts a packet of the source, when it comes.
    package mutating func note(_ packet: SourcePacket) {
        turn(to: packet.arrival)
        let (spatial, temporal) = packet.layers
        guard (0..<Self.layerCount).contains(spatial), (0..<Self.layerCount).contains(temporal) else { return }
        if case .described(let facts) = packet.facts { resolutions = facts.structure.resolutions }
        let cell = spatial * Self.layerCount + temporal
        seen[cell] = packet.arrival
        guard let bucket else { return }
        bytes[cell * Self.placeCount + Self.place(bucket.current)] += packet.bytes.count
    }

    /// The layers that have ever been seen, each with all that are below it in space and in time.
    package mutating func layers(now: Duration) -> [VideoLayer] {
        turn(to: now)
        guard let bucket else { return [] }
        let whole = Int(min(max(bucket.current - bucket.first, 0), Int64(Self.bucketCount)))
        let bits = seen.indices.map { cell in
            let start = cell * Self.placeCount
            let present = bytes[start + Self.place(bucket.current)]
            guard whole > 0 else { return 8 * present * Self.bucketCount }
            let all = bytes[start..<start + Self.placeCount].reduce(0, +)
            return 8 * (all - present) * Self.bucketCount / whole
        }
        var layers: [VideoLayer] = []
        for (cell, last) in seen.enumerated() {
            guard let last else { continue }
            let (spatial, temporal) = cell.quotientAndRemainder(dividingBy: Self.layerCount)
            var bitrate = 0
            for lower in 0...spatial {
                for part in 0...temporal { bitrate += bits[lower * Self.layerCount + part] }
            }
            let size = resolutions.indices.contains(spatial) ? resolutions[spatial] : nil
            layers.append(
                VideoLayer(
                    source: source, spatial: spatial, temporal: temporal, bitrate: bitrate, width: size?.width,
                    height: size?.height, isAlive: now - last < Self.silence))
        }
        return layers
    }

    private static func place(_ bucket: Int64) -> Int {
        let rest = Int(bucket % Int64(placeCount))
        return rest < 0 ? rest + placeCount : rest
    }

    /// Empties the tenths that are over.
    private mutating func turn(to now: Duration) {
        let present = now.ticks(rate: Int64(Self.bucketCount))
        guard let bucket else { return self.bucket = (present, present) }
        guard present > bucket.current else { return }
        for other in max(bucket.current + 1, present - Int64(Self.placeCount) + 1)...present {
            for cell in seen.indices { bytes[cell * Self.placeCount + Self.place(other)] = 0 }
        }
        self.bucket = (present, bucket.first)
    }
}

extension SourcePacket {
    /// The layers in space and in time that it is of; 0 for both if they are not told apart.
    var layers: (spatial: Int, temporal: Int) {
        switch facts {
        case .plain: (0, 0)
        case .vp8(let facts): (0, facts.temporalLayer)
        case .vp9(let facts): (facts.spatialLayer, facts.temporalLayer)
        case .described(let facts): (Int(facts.dependencies.spatialID), Int(facts.dependencies.temporalID))
        }
    }
}
