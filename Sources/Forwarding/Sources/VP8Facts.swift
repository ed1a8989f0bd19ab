import RTP

/// What a packet of VP8 says of its frame, and where the numbers stand that a forwarder changes
/// (RFC 7741 §4.2).
package struct VP8Facts: Sendable, Hashable {
    /// How many bits a picture id has: 7 or 15; 0 if there is none.
    package var pictureIDBits: Int
    /// PictureID, of as many bits.
    package var pictureID: UInt16
    /// TL0PICIDX: counts the frames of the lowest layer; nil if there is none.
    package var baseLayerIndex: UInt8?
    /// TID: the layer in time, 0 to 3; 0 if there are none.
    package var temporalLayer: Int
    /// Y: whether the frame needs no other than the last of the lowest layer.
    package var isLayerSync: Bool
    /// KEYIDX: counts key frames, modulo 32; nil if there is none.
    package var keyIndex: UInt8?
    /// Whether the packet is the first of a key frame.
    package var beginsKeyFrame: Bool

    /// Reads it; nil for a payload that is no VP8.
    package init?(_ payload: Span<UInt8>) {
        guard let descriptor = try? VP8Format.Descriptor(payload) else { return nil }
        let places = VP8Places(payload)
        pictureIDBits = places.pictureIDBits
        pictureID = descriptor.pictureID ?? 0
        baseLayerIndex = descriptor.baseLayerIndex
        temporalLayer = Int(descriptor.temporalLayer ?? 0)
        isLayerSync = descriptor.isLayerSync
        keyIndex = places.hasKeyIndex ? payload[places.layers] & 0x1F : nil
        beginsKeyFrame =
            descriptor.isPartitionStart && descriptor.partition == 0 && payload[descriptor.size] & 1 == 0
    }
}
