/// A sequence parameter set of H.265 (§7.3.2.2), as far as a file has to know it.
struct H265ParameterSet {
    private(set) var size: PictureSize?
    /// general_profile_space to general_level_idc (§7.3.3), as they stand.
    private(set) var profileTierLevel: [UInt8] = []
    private(set) var temporalLayers = 1
    private(set) var isTemporalNested = false
    /// chroma_format_idc: 1 is 4:2:0.
    private(set) var chromaFormat = 1
    private(set) var lumaDepth = 8
    private(set) var chromaDepth = 8

    /// Reads the first that an access unit has; nil if there is none.
    init?(accessUnit: [UInt8]) {
        let units = NALUnits.ranges(in: accessUnit)
        guard let unit = units.first(where: { accessUnit[$0.lowerBound] >> 1 & 0x3F == 33 }) else { return nil }
        self.init(unit: Array(accessUnit[unit]))
    }

    /// - Parameter unit: a NAL unit with its header, without a start code.
    init?(unit: [UInt8]) {
        let bytes = NALUnits.withoutEmulationPrevention(unit)
        guard bytes.count >= 16 else { return nil }
        var reader = BitReader(bytes, from: 2)
        reader.skip(4)
        let sublayers = reader.bits(3)
        temporalLayers = sublayers + 1
        isTemporalNested = reader.bit()
        profileTierLevel = Array(bytes[3..<15])
        reader.skip(96)
        var flags: [(Bool, Bool)] = []
        for _ in 0..<sublayers { flags.append((reader.bit(), reader.bit())) }
        if sublayers > 0 { reader.skip(2 * (8 - sublayers)) }
        for (hasProfile, hasLevel) in flags { reader.skip((hasProfile ? 88 : 0) + (hasLevel ? 8 : 0)) }
        _ = reader.unsigned()
        chromaFormat = reader.unsigned()
        let isSeparate = chromaFormat == 3 && reader.bit()
        var (width, height) = (reader.unsigned(), reader.unsigned())
        guard chromaFormat <= 3, width <= 65536, height <= 65536 else { return nil }
        if reader.bit() {
            // The conformance window, in units of the colour's samples (§7.4.3.2.1).
            let hasColor = chromaFormat > 0 && !isSeparate
            width -= (hasColor && chromaFormat < 3 ? 2 : 1) * (reader.unsigned() + reader.unsigned())
            height -= (hasColor && chromaFormat == 1 ? 2 : 1) * (reader.unsigned() + reader.unsigned())
        }
        (lumaDepth, chromaDepth) = (reader.unsigned() + 8, reader.unsigned() + 8)
        guard !reader.isBeyondEnd, (8...16).contains(lumaDepth), (8...16).contains(chromaDepth),
            let size = PictureSize(width: width, height: height)
        else { return nil }
        self.size = size
    }
}
