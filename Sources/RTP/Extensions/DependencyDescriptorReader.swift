/// Reads the ``DependencyDescriptor``s of a source, which refer to the structure that came last.
public struct DependencyDescriptorReader: Sendable {
    /// The structure that came last.
    public private(set) var structure: FrameDependencyStructure?
    /// One bit for each decode target that is sent, the lowest for the first; 0 before the first
    /// structure.
    public private(set) var activeTargets: UInt32 = 0

    /// Nothing has come yet.
    public init() {}

    /// Reads the next one, in the order of the packets. A structure that it brings is kept.
    ///
    /// - Throws: as ``DependencyDescriptor/init(_:structure:)``; nothing is kept then.
    public mutating func read(_ value: Span<UInt8>) throws(RTPError) -> DependencyDescriptor {
        let descriptor = try DependencyDescriptor(value, structure: structure)
        if let structure = descriptor.structure {
            self.structure = structure
            activeTargets = UInt32(truncatingIfNeeded: (UInt64(1) << UInt64(structure.decodeTargetCount)) - 1)
        }
        if let targets = descriptor.activeTargets { activeTargets = targets }
        return descriptor
    }

    /// The size of the frame's layer, if the structure says it.
    public func resolution(of descriptor: DependencyDescriptor) -> FrameDependencyStructure.Resolution? {
        guard let layer = descriptor.dependencies?.spatialID, let resolutions = structure?.resolutions,
            Int(layer) < resolutions.count
        else { return nil }
        return resolutions[Int(layer)]
    }
}
