/// Tells whoever forwards a packet which frame it is of, and what that frame needs, without looking
/// into the payload (AV1 RTP specification, appendix A; also used with VP8, VP9 and H.264).
///
/// Most descriptors refer to a structure that came with a key frame before:
/// ``DependencyDescriptorReader`` keeps it.
public struct DependencyDescriptor: Sendable, Hashable {
    /// What `a=extmap` names it by.
    public static let uri = "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"
    /// The bytes of one without a structure, and of which a template says all.
    static let mandatorySize = 3

    /// Whether the packet is the first of the frame.
    public var isFirst: Bool
    /// Whether the packet is the last of the frame.
    public var isLast: Bool
    /// By which template it goes, 0 to 63.
    public var templateID: UInt8
    /// One more with each frame in decoding order, modulo 2^16.
    public var frameNumber: UInt16
    /// The structure that begins with this frame.
    public var structure: FrameDependencyStructure?
    /// One bit for each decode target that is sent from here on, the lowest for the first; nil if
    /// nothing changes. A new structure begins with all of them.
    public var activeTargets: UInt32?
    /// What the frame needs, and who needs it; nil if its structure is not known.
    public var dependencies: FrameDependencies?

    /// Makes one to be written.
    public init(
        isFirst: Bool, isLast: Bool, frameNumber: UInt16, dependencies: FrameDependencies?, templateID: UInt8 = 0,
        structure: FrameDependencyStructure? = nil, activeTargets: UInt32? = nil
    ) {
        self.isFirst = isFirst
        self.isLast = isLast
        self.templateID = templateID & 0x3F
        self.frameNumber = frameNumber
        self.structure = structure
        self.activeTargets = activeTargets
        self.dependencies = dependencies
    }

    /// Reads one.
    ///
    /// - Parameters:
    ///   - value: of the element, 3 to 255 bytes.
    ///   - known: the structure that came last; nil before the first.
    /// - Throws: ``RTPError`` for what is none.
    public init(_ value: Span<UInt8>, structure known: FrameDependencyStructure?) throws(RTPError) {
        var reader = BitReader(field: "the dependency descriptor")
        isFirst = try reader.flag(in: value)
        isLast = try reader.flag(in: value)
        templateID = try UInt8(reader.read(6, in: value))
        frameNumber = try UInt16(reader.read(16, in: value))
        let flags = value.count > Self.mandatorySize ? try reader.read(5, in: value) : 0
        structure = flags & 0x10 != 0 ? try FrameDependencyStructure(&reader, in: value) : nil
        guard let known = structure ?? known else { return }
        let index = Int((templateID &- known.templateIDOffset) & 0x3F)
        guard index < known.templates.count else {
            guard structure == nil else {
                throw .outOfRange(field: "a template", value: index, allowed: 0...known.templates.count - 1)
            }
            return
        }
        if flags & 0x08 != 0 { activeTargets = try reader.read(known.decodeTargetCount, in: value) }
        var frame = known.templates[index]
        if flags & 0x04 != 0 {
            frame.indications = try FrameDependencyStructure.readIndications(
                known.decodeTargetCount, &reader, in: value)
        }
        if flags & 0x02 != 0 {
            frame.frameDifferences = []
            while case let size = try reader.read(2, in: value), size > 0 {
                frame.frameDifferences.append(try Int(reader.read(4 * Int(size), in: value)) + 1)
            }
        }
        if flags & 0x01 != 0 {
            frame.chainDifferences = []
            for _ in 0..<known.chainCount { frame.chainDifferences.append(try Int(reader.read(8, in: value))) }
        }
        dependencies = frame
    }

    /// Its bytes, as few as there can be: the template is chosen that says most of the frame.
    ///
    /// - Parameter known: the structure that the receiver has; that of the descriptor if it has
    ///   one.
    /// - Throws: ``RTPError`` if the structure has no template of the frame's layers, or a value is
    ///   beyond its range.
    public func bytes(structure known: FrameDependencyStructure?) throws(RTPError) -> [UInt8] {
        var writer = BitWriter()
        writer.write(isFirst)
        writer.write(isLast)
        guard let known = structure ?? known, let dependencies else {
            writer.write(UInt32(templateID & 0x3F), bits: 6)
            writer.write(UInt32(frameNumber), bits: 16)
            return writer.bytes
        }
        try check(dependencies, known)
        let (index, difference) = try match(dependencies, known)
        writer.write(UInt32((known.templateIDOffset &+ UInt8(index)) & 0x3F), bits: 6)
        writer.write(UInt32(frameNumber), bits: 16)
        guard structure != nil || activeTargets != nil || difference.cost > 0 else { return writer.bytes }
        writer.write(structure != nil)
        writer.write(activeTargets != nil)
        writer.write(difference.hasIndications)
        writer.write(difference.hasFrames)
        writer.write(difference.hasChains)
        try structure?.write(to: &writer)
        if let activeTargets { writer.write(activeTargets, bits: known.decodeTargetCount) }
        if difference.hasIndications {
            for indication in dependencies.indications { writer.write(UInt32(indication.rawValue), bits: 2) }
        }
        if difference.hasFrames {
            for frame in dependencies.frameDifferences {
                let size = frame <= 16 ? 1 : frame <= 256 ? 2 : 3
                writer.write(UInt32(size), bits: 2)
                writer.write(UInt32(frame - 1), bits: 4 * size)
            }
            writer.write(0, bits: 2)
        }
        if difference.hasChains {
            for chain in dependencies.chainDifferences { writer.write(UInt32(chain), bits: 8) }
        }
        return writer.bytes
    }

    /// What a template does not say of a frame.
    private struct Difference {
        let hasIndications: Bool
        let hasFrames: Bool
        let hasChains: Bool
        /// In bits.
        let cost: Int

        init(_ frame: FrameDependencies, _ template: FrameDependencies) {
            hasIndications = frame.indications != template.indications
            hasFrames = frame.frameDifferences != template.frameDifferences
            hasChains = frame.chainDifferences != template.chainDifferences
            cost =
                (hasIndications ? 2 * frame.indications.count : 0)
                + (hasFrames ? 2 + 6 * frame.frameDifferences.count : 0)
                + (hasChains ? 8 * frame.chainDifferences.count : 0)
        }
    }

    /// The template that says most of a frame; the one that it has, if none says more.
    private func match(
        _ frame: FrameDependencies, _ known: FrameDependencyStructure
    ) throws(RTPError) -> (Int, Difference) {
        var best: (index: Int, difference: Difference)?
        let own = Int((templateID &- known.templateIDOffset) & 0x3F)
        for (index, template) in known.templates.enumerated()
        where (template.spatialID, template.temporalID) == (frame.spatialID, frame.temporalID) {
            let difference = Difference(frame, template)
            let isBetter = best.map { difference.cost < $0.difference.cost } ?? true
            if isBetter || index == own && difference.cost == best?.difference.cost { best = (index, difference) }
        }
        guard let best else {
            throw .outOfRange(
                field: "a layer in time that no template is of", value: Int(frame.temporalID), allowed: 0...0)
        }
        return best
    }

    private func check(_ frame: FrameDependencies, _ known: FrameDependencyStructure) throws(RTPError) {
        let (targets, chains) = (known.decodeTargetCount, known.chainCount)
        try FrameDependencyStructure.check("the number of decode targets", targets, 1...32)
        try FrameDependencyStructure.check("the number of indications", frame.indications.count, targets...targets)
        try FrameDependencyStructure.check("the number of chains", frame.chainDifferences.count, chains...chains)
        for difference in frame.frameDifferences {
            try FrameDependencyStructure.check("a frame difference", difference, 1...4096)
        }
        for difference in frame.chainDifferences {
            try FrameDependencyStructure.check("a chain difference", difference, 0...255)
        }
    }
}
