/// One of the layers in which a video is sent: a stream of a simulcast (RFC 8853), a layer of a
/// scalable stream, or one in time of either.
package struct VideoLayer: Sendable, Hashable {
    /// The SSRC that it comes with.
    package var source: UInt32
    /// The highest layer in space, 0 for the lowest.
    package var spatial: Int
    /// The highest layer in time, 0 for the lowest.
    package var temporal: Int
    /// In bit/s as it was measured, of the layer with all that it needs.
    package var bitrate: Int
    /// In pixels; nil if it is not known.
    package var width: Int?
    /// In pixels; nil if it is not known.
    package var height: Int?
    /// In pictures per second; nil if it is not known.
    package var frameRate: Double?
    /// Whether something of it came of late.
    package var isAlive: Bool

    /// Makes one.
    package init(
        source: UInt32, spatial: Int = 0, temporal: Int = 0, bitrate: Int, width: Int? = nil, height: Int? = nil,
        frameRate: Double? = nil, isAlive: Bool = true
    ) {
        self.source = source
        self.spatial = spatial
        self.temporal = temporal
        self.bitrate = min(max(0, bitrate), 1 << 40)
        self.width = width
        self.height = height
        self.frameRate = frameRate
        self.isAlive = isAlive
    }

    /// What lets it through, and nothing above it.
    package var limit: LayerLimit { LayerLimit(spatial: spatial, temporal: temporal) }

    /// Whether it is the same layer, whatever was measured.
    func isSame(as other: VideoLayer) -> Bool {
        (source, spatial, temporal) == (other.source, other.spatial, other.temporal)
    }
}
