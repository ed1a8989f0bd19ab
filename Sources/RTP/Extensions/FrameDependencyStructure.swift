/// What the frames of a stream are like, from one key frame to the next: the templates that each
/// ``DependencyDescriptor`` refers to (AV1 RTP specification, appendix A.8.3).
public struct FrameDependencyStructure: Sendable, Hashable {
    /// How many templates there may be.
    static let maximumTemplateCount = 64
    private static let endOfLayers: UInt32 = 3

    /// The size of a layer in space.
    public struct Resolution: Sendable, Hashable {
        /// In pixels, 1 to 65,536.
        public var width: Int
        /// In pixels, 1 to 65,536.
        public var height: Int

        /// Makes one.
        public init(width: Int, height: Int) {
            self.width = width
            self.height = height
        }
    }

    /// The number by which the first template is referred to, 0 to 63: another one than before, so
    /// that frames of the structure before are not mistaken.
    public var templateIDOffset: UInt8
    /// How many decode targets there are, 1 to 32.
    public var decodeTargetCount: Int
    /// For each decode target the number of its chain; none if there are no chains.
    public var chainsOfTargets: [Int]
    /// How many chains there are, 0 to the number of decode targets.
    public var chainCount: Int
    /// 1 to 64, in the order of their layers.
    public var templates: [FrameDependencies]
    /// One for each layer in space, or none.
    public var resolutions: [Resolution]

    /// Makes one.
    public init(
        templateIDOffset: UInt8, decodeTargetCount: Int, chainCount: Int = 0, chainsOfTargets: [Int] = [],
        templates: [FrameDependencies], resolutions: [Resolution] = []
    ) {
        self.templateIDOffset = templateIDOffset
        self.decodeTargetCount = decodeTargetCount
        self.chainCount = chainCount
        self.chainsOfTargets = chainsOfTargets
        self.templates = templates
        self.resolutions = resolutions
    }

    /// The highest layers of a decode target; `target` is below ``decodeTargetCount``.
    public func layers(ofTarget target: Int) -> (spatialID: UInt8, temporalID: UInt8) {
        var (spatial, temporal): (UInt8, UInt8) = (0, 0)
        for template in templates
        where template.indications.indices.contains(target) && template.indications[target] != .notPresent {
            spatial = max(spatial, template.spatialID)
            temporal = max(temporal, template.temporalID)
        }
        return (spatial, temporal)
    }

    /// Reads one (A.8.2, `template_dependency_structure`).
    init(_ reader: inout BitReader, in bytes: Span<UInt8>) throws(RTPError) {
        templateIDOffset = try UInt8(reader.read(6, in: bytes))
        decodeTargetCount = try Int(reader.read(5, in: bytes)) + 1
        var templates = try Self.readLayers(&reader, in: bytes)
        for index in templates.indices {
            templates[index].indications = try Self.readIndications(decodeTargetCount, &reader, in: bytes)
        }
        for index in templates.indices {
            while try reader.flag(in: bytes) {
                templates[index].frameDifferences.append(try Int(reader.read(4, in: bytes)) + 1)
            }
        }
        let count = try reader.read(below: decodeTargetCount + 1, in: bytes)
        chainCount = count
        chainsOfTargets = []
        if count > 0 {
            for _ in 0..<decodeTargetCount { chainsOfTargets.append(try reader.read(below: count, in: bytes)) }
            for index in templates.indices {
                for _ in 0..<count {
                    templates[index].chainDifferences.append(try Int(reader.read(4, in: bytes)))
                }
            }
        }
        resolutions = []
        if try reader.flag(in: bytes), let last = templates.last {
            for _ in 0...last.spatialID {
                let width = try Int(reader.read(16, in: bytes)) + 1
                resolutions.append(Resolution(width: width, height: try Int(reader.read(16, in: bytes)) + 1))
            }
        }
        self.templates = templates
    }

    private static func readLayers(
        _ reader: inout BitReader, in bytes: Span<UInt8>
    ) throws(RTPError) -> [FrameDependencies] {
        var templates: [FrameDependencies] = []
        var (spatial, temporal): (UInt8, UInt8) = (0, 0)
        while true {
            guard templates.count < maximumTemplateCount else {
                throw .outOfRange(
                    field: "the number of templates", value: templates.count + 1, allowed: 1...maximumTemplateCount)
            }
            templates.append(FrameDependencies(spatialID: spatial, temporalID: temporal))
            switch try reader.read(2, in: bytes) {
            case 0: continue
            case 1: temporal += 1
            case 2: (spatial, temporal) = (spatial + 1, 0)
            default: return templates
            }
            guard temporal <= 7 else {
                throw .outOfRange(field: "a layer in time", value: Int(temporal), allowed: 0...7)
            }
            guard spatial <= 3 else {
                throw .outOfRange(field: "a layer in space", value: Int(spatial), allowed: 0...3)
            }
        }
    }

    static func readIndications(
        _ count: Int, _ reader: inout BitReader, in bytes: Span<UInt8>
    ) throws(RTPError) -> [FrameDependencies.Indication] {
        var indications: [FrameDependencies.Indication] = []
        for _ in 0..<count {
            indications.append(.init(rawValue: UInt8(try reader.read(2, in: bytes))) ?? .notPresent)
        }
        return indications
    }

    /// Writes it.
    func write(to writer: inout BitWriter) throws(RTPError) {
        try check()
        writer.write(UInt32(templateIDOffset), bits: 6)
        writer.write(UInt32(decodeTargetCount - 1), bits: 5)
        for index in templates.indices.dropFirst() {
            let (last, next) = (templates[index - 1], templates[index])
            writer.write(next.spatialID != last.spatialID ? 2 : next.temporalID != last.temporalID ? 1 : 0, bits: 2)
        }
        writer.write(Self.endOfLayers, bits: 2)
        for template in templates {
            for indication in template.indications { writer.write(UInt32(indication.rawValue), bits: 2) }
        }
        for template in templates {
            for difference in template.frameDifferences { writer.write(0x10 | UInt32(difference - 1), bits: 5) }
            writer.write(false)
        }
        writer.write(chainCount, below: decodeTargetCount + 1)
        if chainCount > 0 {
            for chain in chainsOfTargets { writer.write(chain, below: chainCount) }
            for template in templates {
                for difference in template.chainDifferences { writer.write(UInt32(difference), bits: 4) }
            }
        }
        writer.write(!resolutions.isEmpty)
        for resolution in resolutions {
            writer.write(UInt32(resolution.width - 1), bits: 16)
            writer.write(UInt32(resolution.height - 1), bits: 16)
        }
    }

    /// Whether it can be written.
    private func check() throws(RTPError) {
        try Self.check("the offset of templates", Int(templateIDOffset), 0...63)
        try Self.check("the number of decode targets", decodeTargetCount, 1...32)
        try Self.check("the number of templates", templates.count, 1...Self.maximumTemplateCount)
        try Self.check("the number of chains", chainCount, 0...decodeTargetCount)
        let targets = chainCount > 0 ? decodeTargetCount : 0
        try Self.check("the number of targets with chains", chainsOfTargets.count, targets...targets)
        for chain in chainsOfTargets { try Self.check("a chain", chain, 0...max(0, chainCount - 1)) }
        var (spatial, temporal): (UInt8, UInt8) = (0, 0)
        for (index, template) in templates.enumerated() {
            let isNext =
                (template.spatialID, template.temporalID) == (spatial, temporal)
                || index > 0 && (template.spatialID, template.temporalID) == (spatial, temporal + 1)
                || index > 0 && (template.spatialID, template.temporalID) == (spatial + 1, 0)
            guard isNext, template.spatialID <= 3, template.temporalID <= 7 else {
                throw .outOfRange(field: "the order of templates by layers", value: index, allowed: 0...0)
            }
            (spatial, temporal) = (template.spatialID, template.temporalID)
            try Self.check(
                "the indications of a template", template.indications.count, decodeTargetCount...decodeTargetCount)
            try Self.check("the chains of a template", template.chainDifferences.count, chainCount...chainCount)
            for difference in template.frameDifferences { try Self.check("a frame difference", difference, 1...16) }
            for difference in template.chainDifferences { try Self.check("a chain difference", difference, 0...15) }
        }
        if !resolutions.isEmpty {
            try Self.check("the number of resolutions", resolutions.count, Int(spatial) + 1...Int(spatial) + 1)
        }
        for resolution in resolutions {
            try Self.check("a width", resolution.width, 1...65_536)
            try Self.check("a height", resolution.height, 1...65_536)
        }
    }

    static func check(_ field: String, _ value: Int, _ allowed: ClosedRange<Int>) throws(RTPError) {
        guard allowed.contains(value) else { throw .outOfRange(field: field, value: value, allowed: allowed) }
    }
}
