import RTP

/// Chooses layers in time of VP8, and keeps PictureID, TL0PICIDX and KEYIDX without gaps over what
/// is left out, and over changes of the source (RFC 7741 §4.2). Pure.
///
/// A higher layer begins with a frame whose Y bit is set, one layer after the other; at a key frame
/// all begin. Frames that are lost leave gaps, as they would without the filter.
package struct VP8Filter: LayerFilter {
    /// How many frames are known, for packets that come late.
    static let historySize = 64
    /// The highest layer in time.
    static let highestLayer = 3

    private struct Frame: Sendable {
        var isForwarded: Bool
        /// As it was before the frame.
        var shift: Int64
        /// The highest layer that was let through before the frame.
        var temporal: Int
    }

    private struct Segment: Sendable {
        let source: UInt32
        let firstPacket: Int64
        var highestPacket: Int64
        let first: Int64
        var highest: Int64
        /// What is added to picture ids.
        var shift: Int64
        /// What is added to TL0PICIDX, modulo 2^8, and to KEYIDX, modulo 32.
        var baseShift: UInt8 = 0
        var keyShift: UInt8 = 0
        var frames = FrameRing<Frame>(capacity: historySize)
    }

    private var current: Segment?
    private var previous: Segment?
    /// The last numbers that the watcher has got.
    private var lastPictureID: Int64?
    private var lastBaseIndex: UInt8?
    private var lastKeyIndex: UInt8?
    private var temporal = 0
    private var limit = 0

    /// Nothing has come yet.
    package init() {}

    package var needsKeyFrame: Bool { current == nil }

    package var waitsForLayers: Bool { false }

    package mutating func begin(with packet: SourcePacket) {
        guard case .vp8(let facts) = packet.facts else { return }
        let id = packet.frameNumber(facts.pictureID, bits: facts.pictureIDBits, near: nil)
        previous = current
        var segment = Segment(
            source: packet.source, firstPacket: packet.number, highestPacket: packet.number - 1, first: id,
            highest: id - 1, shift: lastPictureID.map { $0 + 1 - id } ?? 0)
        if let last = lastBaseIndex, let index = facts.baseLayerIndex { segment.baseShift = last &+ 1 &- index }
        if let last = lastKeyIndex, let index = facts.keyIndex { segment.keyShift = last &+ 1 &- index }
        current = segment
        temporal = Self.highestLayer
    }

    package mutating func changes(of packet: SourcePacket, limit: LayerLimit) -> LayerChanges? {
        guard case .vp8(let facts) = packet.facts else { return nil }
        self.limit = min(max(limit.temporal, 0), Self.highestLayer)
        if isRestart(packet, facts) { begin(with: packet) }
        if var segment = current, segment.source == packet.source, packet.number >= segment.firstPacket {
            current = nil
            defer { current = segment }
            return changes(of: packet, facts, in: &segment)
        }
        guard let segment = previous, segment.source == packet.source else { return nil }
        let id = packet.frameNumber(facts.pictureID, bits: facts.pictureIDBits, near: segment.highest)
        guard let frame = segment.frames[id], frame.isForwarded else { return nil }
        return Self.changes(facts, id + frame.shift, segment)
    }

    /// Whether a source counts its frames from elsewhere on: the packet is the latest, but its
    /// frame is not.
    private func isRestart(_ packet: SourcePacket, _ facts: VP8Facts) -> Bool {
        guard let segment = current, segment.source == packet.source, packet.number > segment.highestPacket else {
            return false
        }
        let id = packet.frameNumber(facts.pictureID, bits: facts.pictureIDBits, near: segment.highest)
        let back = segment.highest - id
        return back > (facts.beginsKeyFrame ? 0 : Int64(Self.historySize))
    }

    private mutating func changes(
        of packet: SourcePacket, _ facts: VP8Facts, in segment: inout Segment
    ) -> LayerChanges? {
        let id = packet.frameNumber(facts.pictureID, bits: facts.pictureIDBits, near: segment.highest)
        segment.highestPacket = max(segment.highestPacket, packet.number)
        guard id >= segment.first else { return nil }
        if let frame = segment.frames[id] {
            return frame.isForwarded ? Self.changes(facts, id + frame.shift, segment) : nil
        }
        let isNew = id > segment.highest
        guard isNew || segment.highest - id < Int64(Self.historySize) || facts.pictureIDBits == 0 else { return nil }
        let later = isNew ? nil : segment.frames.next(above: id, through: segment.highest)
        let frame: Frame
        if isNew {
            frame = Frame(isForwarded: admit(facts), shift: segment.shift, temporal: temporal)
            segment.highest = id
            if !frame.isForwarded { segment.shift -= 1 }
        } else {
            let layer = later?.temporal ?? temporal
            frame = Frame(
                isForwarded: facts.temporalLayer <= layer, shift: later?.shift ?? segment.shift, temporal: layer)
        }
        segment.frames[id] = frame
        guard frame.isForwarded else { return nil }
        let changes = Self.changes(facts, id + frame.shift, segment)
        if isNew, case .vp8(_, let base, let key) = changes.payload {
            if facts.pictureIDBits > 0 { lastPictureID = id + frame.shift }
            if facts.baseLayerIndex != nil { lastBaseIndex = base }
            if facts.keyIndex != nil { lastKeyIndex = key }
        }
        return changes
    }

    /// Whether a frame that is newer than all others is let through.
    private mutating func admit(_ facts: VP8Facts) -> Bool {
        let layer = facts.temporalLayer
        if facts.beginsKeyFrame { temporal = limit }
        temporal = min(temporal, limit)
        if layer <= temporal { return true }
        guard layer == temporal + 1, layer <= limit, facts.isLayerSync else { return false }
        temporal = layer
        return true
    }

    private static func changes(_ facts: VP8Facts, _ pictureID: Int64, _ segment: Segment) -> LayerChanges {
        LayerChanges(
            payload: .vp8(
                pictureID: UInt16(truncatingIfNeeded: pictureID) & 0x7FFF,
                baseLayerIndex: (facts.baseLayerIndex ?? 0) &+ segment.baseShift,
                keyIndex: ((facts.keyIndex ?? 0) &+ segment.keyShift) & 0x1F))
    }
}
