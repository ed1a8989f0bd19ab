package import RTP

/// What a packet's dependency descriptor says of its frame, whatever the codec (AV1 RTP
/// specification, appendix A).
package struct DescribedFacts: Sendable, Hashable {
    /// As it was read; of its ``DependencyDescriptor/dependencies`` there always are some.
    package var descriptor: DependencyDescriptor
    /// What the frame needs, and who needs it.
    package var dependencies: FrameDependencies
    /// The structure that the frame goes by.
    package var structure: FrameDependencyStructure
    /// The highest layers of each decode target of the structure.
    package var layers: [LayerLimit]
    /// One bit for each decode target that is sent, the lowest for the first.
    package var activeTargets: UInt32
    /// The element's id, 1 to 255.
    package var id: UInt8

    /// Whether the packet is the first of a frame that needs no other, and begins a structure.
    package var beginsKeyFrame: Bool {
        descriptor.isFirst && dependencies.frameDifferences.isEmpty && descriptor.structure != nil
    }

    /// The decode target with the highest layers that are within a limit, and are sent; nil if
    /// there is none.
    package func target(within limit: LayerLimit) -> Int? {
        var best: Int?
        for (target, layer) in layers.enumerated() where isActive(target) {
            guard layer.spatial <= limit.spatial, layer.temporal <= limit.temporal else { continue }
            if let best, (layers[best].spatial, layers[best].temporal) >= (layer.spatial, layer.temporal) { continue }
            best = target
        }
        return best
    }

    /// Whether a decode target is sent.
    func isActive(_ target: Int) -> Bool { activeTargets >> UInt32(target & 31) & 1 == 1 }
}
