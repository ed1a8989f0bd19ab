import RTP

/// Chooses layers in space and in time of VP9, by the payload descriptor, in both its modes
/// (RFC 9628 §4.2). Pure.
///
/// - The marker bit is set where the watcher's picture ends, if the layers above are left out.
/// - A higher layer in space begins where its frame needs none of another picture (P), and a higher
///   one in time after a picture that says so (U); all begin with a key picture. In the flexible
///   mode the references tell besides, frame by frame.
/// - Picture ids go on over a change of the source, but keep the gaps of layers in time that are
///   left out: references, and the group of pictures of the scalability structure, count with them.
///
/// While a higher layer in space is waited for, pictures have no marker bit, as each may be the one
/// with which it begins.
package struct VP9Filter: LayerFilter {
    /// How many pictures are known; references go back by 127 at most.
    static let historySize = 128
    /// The highest layer in space, and in time.
    static let highestLayer = 7

    private struct Picture: Sendable {
        /// The highest layers that are let through with it.
        var spatial: Int
        var temporal: Int
        var isLeftOut = false
        /// One bit for each frame that was let through, or was left out, the lowest for the lowest
        /// layer in space.
        var forwarded: UInt8 = 0
        var leftOut: UInt8 = 0
    }

    private struct Segment: Sendable {
        let source: UInt32
        let firstPacket: Int64
        var highestPacket: Int64
        let first: Int64
        var highest: Int64
        /// What is added to picture ids, and to TL0PICIDX modulo 2^8.
        let shift: Int64
        var baseShift: UInt8 = 0
        var pictures = FrameRing<Picture>(capacity: historySize)
    }

    private var current: Segment?
    private var previous: Segment?
    /// The last numbers that the watcher has got.
    private var lastPictureID: Int64?
    private var lastBaseIndex: UInt8?
    private var spatial = 0
    private var temporal = 0
    private var limit = LayerLimit(spatial: 0, temporal: 0)
    /// The highest layer in space that has come since the last key picture.
    private var highestSeen = 0
    private var isBroken = false

    /// Nothing has come yet.
    package init() {}

    package var needsKeyFrame: Bool { current == nil || isBroken }

    package var waitsForLayers: Bool { spatial < min(limit.spatial, highestSeen) }

    package mutating func begin(with packet: SourcePacket) {
        guard case .vp9(let facts) = packet.facts else { return }
        let id = packet.frameNumber(facts.pictureID, bits: facts.pictureIDBits, near: nil)
        previous = current
        var segment = Segment(
            source: packet.source, firstPacket: packet.number, highestPacket: packet.number - 1, first: id,
            highest: id - 1, shift: lastPictureID.map { $0 + 1 - id } ?? 0)
        if let last = lastBaseIndex, let index = facts.baseLayerIndex { segment.baseShift = last &+ 1 &- index }
        current = segment
        isBroken = false
    }

    package mutating func changes(of packet: SourcePacket, limit: LayerLimit) -> LayerChanges? {
        guard case .vp9(let facts) = packet.facts else { return nil }
        self.limit = LayerLimit(
            spatial: min(max(limit.spatial, 0), Self.highestLayer),
            temporal: min(max(limit.temporal, 0), Self.highestLayer))
        noteRestart(packet, facts)
        if var segment = current, segment.source == packet.source, packet.number >= segment.firstPacket {
            current = nil
            defer { current = segment }
            return changes(of: packet, facts, in: &segment)
        }
        guard let segment = previous, segment.source == packet.source else { return nil }
        let id = packet.frameNumber(facts.pictureID, bits: facts.pictureIDBits, near: segment.highest)
        guard let picture = segment.pictures[id], picture.forwarded >> UInt8(facts.spatialLayer) & 1 == 1 else {
            return nil
        }
        return changes(facts, id, picture, segment)
    }

    /// Looks whether a source counts its pictures from elsewhere on: the packet is the latest, but
    /// its picture is not. Then a key picture has to come.
    private mutating func noteRestart(_ packet: SourcePacket, _ facts: VP9Facts) {
        guard let segment = current, segment.source == packet.source, packet.number > segment.highestPacket else {
            return
        }
        let id = packet.frameNumber(facts.pictureID, bits: facts.pictureIDBits, near: segment.highest)
        let back = segment.highest - id
        if back > 0, facts.beginsKeyPicture {
            begin(with: packet)
        } else if back >= Int64(Self.historySize) {
            isBroken = true
        }
    }

    private mutating func changes(
        of packet: SourcePacket, _ facts: VP9Facts, in segment: inout Segment
    ) -> LayerChanges? {
        let id = packet.frameNumber(facts.pictureID, bits: facts.pictureIDBits, near: segment.highest)
        segment.highestPacket = max(segment.highestPacket, packet.number)
        guard id >= segment.first else { return nil }
        let isNewest = id >= segment.highest
        var picture: Picture
        if let known = segment.pictures[id] {
            picture = known
        } else if isNewest {
            picture = open(facts)
            segment.highest = id
            lastPictureID = facts.pictureIDBits > 0 ? id + segment.shift : lastPictureID
            if let index = facts.baseLayerIndex { lastBaseIndex = index &+ segment.baseShift }
        } else {
            let later = segment.pictures.next(above: id, through: segment.highest)
            picture = Picture(spatial: later?.spatial ?? spatial, temporal: later?.temporal ?? temporal)
            picture.isLeftOut = facts.temporalLayer > picture.temporal
        }
        defer { segment.pictures[id] = picture }
        highestSeen = max(highestSeen, facts.spatialLayer)
        let bit = UInt8(1) << UInt8(facts.spatialLayer)
        if picture.leftOut & bit != 0 { return nil }
        if picture.forwarded & bit == 0 {
            guard admit(facts, id, &picture, in: segment, isNewest: isNewest) else {
                picture.leftOut |= bit
                return nil
            }
            picture.forwarded |= bit
        }
        return changes(facts, id, picture, segment)
    }

    /// A picture that is newer than all others begins.
    private mutating func open(_ facts: VP9Facts) -> Picture {
        if facts.isIntra {
            (spatial, temporal, isBroken) = (limit.spatial, limit.temporal, false)
            highestSeen = 0
        }
        (spatial, temporal) = (min(spatial, limit.spatial), min(temporal, limit.temporal))
        // References tell whether a frame of a higher layer can be decoded.
        if facts.isFlexible { temporal = limit.temporal }
        var picture = Picture(spatial: spatial, temporal: temporal)
        picture.isLeftOut = facts.temporalLayer > temporal
        // Layers above that come later need nothing of what was left out.
        if !picture.isLeftOut, facts.isSwitchingPoint { temporal = limit.temporal }
        return picture
    }

    /// Whether a frame of a picture is let through.
    private mutating func admit(
        _ facts: VP9Facts, _ id: Int64, _ picture: inout Picture, in segment: Segment, isNewest: Bool
    ) -> Bool {
        let layer = facts.spatialLayer
        guard !picture.isLeftOut, !needsLeftOut(facts, id, picture, in: segment) else {
            if isNewest, layer == 0, facts.temporalLayer == 0 { isBroken = true }
            return false
        }
        if isNewest, layer == picture.spatial + 1, layer <= limit.spatial, !facts.isPredicted {
            picture.spatial = layer
            spatial = layer
        }
        return layer <= picture.spatial
    }

    /// Whether the frame needs one that was left out.
    private func needsLeftOut(_ facts: VP9Facts, _ id: Int64, _ picture: Picture, in segment: Segment) -> Bool {
        let layer = UInt8(facts.spatialLayer)
        if facts.needsLowerLayer, layer > 0, picture.leftOut >> (layer - 1) & 1 == 1 { return true }
        return facts.references.contains { back in
            guard id - Int64(back) >= segment.first else { return true }
            guard let other = segment.pictures[id - Int64(back)] else { return false }
            return other.isLeftOut || other.leftOut >> layer & 1 == 1 || layer > other.spatial
        }
    }

    private func changes(_ facts: VP9Facts, _ id: Int64, _ picture: Picture, _ segment: Segment) -> LayerChanges {
        let mayGrow = picture.spatial < min(limit.spatial, highestSeen)
        return LayerChanges(
            setsMarker: facts.isFrameEnd && facts.spatialLayer == picture.spatial && !mayGrow,
            payload: .vp9(
                pictureID: UInt16(truncatingIfNeeded: id + segment.shift) & 0x7FFF,
                baseLayerIndex: (facts.baseLayerIndex ?? 0) &+ segment.baseShift))
    }
}
