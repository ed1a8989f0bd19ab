/// Decides which packets of a source a watcher gets, by the layers that they are of, and what of
/// their descriptors has to be changed so that nothing seems to be missing. Pure.
///
/// One filter stays with a watcher's stream when its source changes, so that numbers go on.
package protocol LayerFilter: Sendable {
    /// A source begins, or begins anew after a pause, with the first packet of a key frame. The
    /// packet is then asked about as all others.
    mutating func begin(with packet: SourcePacket)

    /// What is changed of a packet of the source, or one of the source before that comes late.
    ///
    /// - Parameters:
    ///   - packet: each one once; any order.
    ///   - limit: the highest layers that the watcher is to have from here on. What is above is
    ///     left out at once; layers that are new begin where they can be decoded.
    /// - Returns: nil if it is to be left out.
    mutating func changes(of packet: SourcePacket, limit: LayerLimit) -> LayerChanges?

    /// Whether nothing more can be decoded before a key frame.
    var needsKeyFrame: Bool { get }

    /// Whether other layers in space are waited for, which begin with a key frame at the latest.
    /// Those in time begin soon by themselves.
    var waitsForLayers: Bool { get }
}

/// What a ``LayerFilter`` changes of a packet.
package struct LayerChanges: Sendable, Hashable {
    /// Whether it is the last of what the watcher gets of a picture.
    package var setsMarker = false
    /// Of the payload descriptor.
    package var payload = PacketRewrite.Payload.none
    /// Of the dependency descriptor.
    package var descriptor: PacketRewrite.Descriptor?
}

/// For codecs without layers that could be told apart: lets all through.
package struct WholeFilter: LayerFilter {
    /// There is nothing to choose.
    package init() {}

    package func begin(with packet: SourcePacket) {}

    package func changes(of packet: SourcePacket, limit: LayerLimit) -> LayerChanges? { LayerChanges() }

    package var needsKeyFrame: Bool { false }

    package var waitsForLayers: Bool { false }
}
