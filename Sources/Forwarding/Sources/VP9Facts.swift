import RTP

/// What a packet of VP9 says of its frame (RFC 9628 §4.2). A picture has one frame of each layer in
/// space.
package struct VP9Facts: Sendable, Hashable {
    /// How many bits a picture id has: 7 or 15; 0 if there is none.
    package var pictureIDBits: Int
    /// Of as many bits.
    package var pictureID: UInt16
    /// TL0PICIDX: counts the pictures of the lowest layer in time; nil if there is none.
    package var baseLayerIndex: UInt8?
    /// SID, 0 to 7.
    package var spatialLayer: Int
    /// TID, 0 to 7.
    package var temporalLayer: Int
    /// P: whether the frame needs one of another picture.
    package var isPredicted: Bool
    /// D: whether it needs that of the layer below.
    package var needsLowerLayer: Bool
    /// U: whether no higher layer in time that comes later needs one that came before.
    package var isSwitchingPoint: Bool
    /// F: whether ``references`` say which pictures the frame needs.
    package var isFlexible: Bool
    /// P_DIFF: how far back the pictures are whose frames of this layer it needs, 1 to 127; up to
    /// 3.
    package var references: [Int]
    /// B: whether the packet is the first of the frame.
    package var isFrameStart: Bool
    /// E: whether it is the last.
    package var isFrameEnd: Bool

    /// Reads it; nil for a payload that is no VP9.
    package init?(_ payload: Span<UInt8>) {
        guard let descriptor = try? VP9Format.Descriptor(payload) else { return nil }
        let flags = payload[0]
        isFlexible = flags & 0x10 != 0
        isPredicted = descriptor.isPredicted
        isFrameStart = descriptor.isFrameStart
        isFrameEnd = descriptor.isFrameEnd
        pictureID = descriptor.pictureID ?? 0
        let places = VP9Places(payload)
        pictureIDBits = places.pictureIDBits
        baseLayerIndex = descriptor.baseLayerIndex
        spatialLayer = Int(descriptor.spatialLayer ?? 0)
        temporalLayer = Int(descriptor.temporalLayer ?? 0)
        isSwitchingPoint = descriptor.isSwitchingPoint
        needsLowerLayer = descriptor.needsLowerLayer
        references = []
        guard isFlexible, isPredicted else { return }
        for place in places.end..<min(places.end + 3, payload.count) {
            if case let back = Int(payload[place] >> 1), back > 0 { references.append(back) }
            if payload[place] & 1 == 0 { break }
        }
    }

    /// Whether it is the first packet of a picture that needs no other.
    package var beginsKeyPicture: Bool { isFrameStart && isIntra }

    /// Whether the frame is the lowest of a picture that needs no other.
    var isIntra: Bool { !isPredicted && spatialLayer == 0 && !needsLowerLayer }
}
