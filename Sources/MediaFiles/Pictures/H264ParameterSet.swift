/// A sequence parameter set of H.264 (§7.3.2.1), as far as a file has to know it.
struct H264ParameterSet {
    private(set) var size: PictureSize?
    private(set) var profile = 0
    /// chroma_format_idc: 1 is 4:2:0.
    private(set) var chromaFormat = 1
    private(set) var lumaDepth = 8
    private(set) var chromaDepth = 8

    /// Those that say how their colour is sampled.
    static let highProfiles: Set<Int> = [44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244]

    /// Reads the first that an access unit has; nil if there is none.
    init?(accessUnit: [UInt8]) {
        guard let unit = NALUnits.ranges(in: accessUnit).first(where: { accessUnit[$0.lowerBound] & 0x1F == 7 }) else {
            return nil
        }
        self.init(unit: Array(accessUnit[unit]))
    }

    /// - Parameter unit: a NAL unit with its header, without a start code.
    init?(unit: [UInt8]) {
        guard unit.count >= 4 else { return nil }
        var reader = BitReader(NALUnits.withoutEmulationPrevention(unit), from: 1)
        profile = reader.bits(8)
        reader.skip(16)
        _ = reader.unsigned()
        var isSeparate = false
        if Self.highProfiles.contains(profile) {
            chromaFormat = reader.unsigned()
            if chromaFormat == 3 { isSeparate = reader.bit() }
            (lumaDepth, chromaDepth) = (reader.unsigned() + 8, reader.unsigned() + 8)
            reader.skip(1)
            if reader.bit() { Self.skipScaling(&reader, lists: chromaFormat == 3 ? 12 : 8) }
        }
        guard chromaFormat <= 3, (8...14).contains(lumaDepth), (8...14).contains(chromaDepth) else { return nil }
        _ = reader.unsigned()
        switch reader.unsigned() {
        case 0: _ = reader.unsigned()
        case 1:
            reader.skip(1)
            _ = (reader.signed(), reader.signed())
            let count = reader.unsigned()
            guard count <= 255 else { return nil }
            for _ in 0..<count { _ = reader.signed() }
        default: break
        }
        _ = reader.unsigned()
        reader.skip(1)
        let (columns, rows) = (reader.unsigned() + 1, reader.unsigned() + 1)
        let isFrames = reader.bit()
        if !isFrames { reader.skip(1) }
        reader.skip(1)
        guard columns <= 4096, rows <= 4096 else { return nil }
        var (width, height) = (16 * columns, 16 * rows * (isFrames ? 1 : 2))
        if reader.bit() {
            // In units of the colour's samples (§7.4.2.1.1).
            let hasColor = chromaFormat > 0 && !isSeparate
            let across = hasColor && chromaFormat < 3 ? 2 : 1
            let down = (hasColor && chromaFormat == 1 ? 2 : 1) * (isFrames ? 1 : 2)
            width -= across * (reader.unsigned() + reader.unsigned())
            height -= down * (reader.unsigned() + reader.unsigned())
        }
        guard !reader.isBeyondEnd, let size = PictureSize(width: width, height: height) else { return nil }
        self.size = size
    }

    /// scaling_list() (§7.3.2.1.1.1).
    private static func skipScaling(_ reader: inout BitReader, lists: Int) {
        for list in 0..<lists where reader.bit() {
            var (last, next) = (8, 8)
            for _ in 0..<(list < 6 ? 16 : 64) where next != 0 {
                next = (last + reader.signed() & 0xFF) & 0xFF
                last = next == 0 ? last : next
            }
        }
    }
}
