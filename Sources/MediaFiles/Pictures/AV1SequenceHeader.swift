/// The sequence header of AV1 (bitstream specification §5.5), as far as a file has to know it.
struct AV1SequenceHeader {
    /// The OBU with its header and size.
    let unit: [UInt8]
    private(set) var profile = 0
    /// seq_level_idx[0].
    private(set) var level = 0
    private(set) var tier = 0
    private(set) var size: PictureSize?
    private(set) var isHighBitDepth = false
    private(set) var isTwelveBit = false
    private(set) var isMonochrome = false
    private(set) var isSubsampledInX = true
    private(set) var isSubsampledInY = true
    /// chroma_sample_position.
    private(set) var samplePosition = 0

    /// Reads the first that a temporal unit has; nil if there is none.
    init?(temporalUnit: [UInt8]) {
        var found: AV1Units.Unit?
        AV1Units.forEach(in: temporalUnit) { unit in
            if unit.type == AV1Units.sequenceHeader { found = unit }
            return found == nil
        }
        guard let found, found.hasSize else { return nil }
        unit = Array(temporalUnit[found.range])
        var reader = BitReader(Array(temporalUnit[found.content]))
        guard read(&reader), !reader.isBeyondEnd else { return nil }
    }

    private mutating func read(_ reader: inout BitReader) -> Bool {
        profile = reader.bits(3)
        reader.skip(1)
        let isReduced = reader.bit()
        if isReduced { level = reader.bits(5) } else { readOperatingPoints(&reader) }
        let (widthBits, heightBits) = (reader.bits(4) + 1, reader.bits(4) + 1)
        size = PictureSize(width: reader.bits(widthBits) + 1, height: reader.bits(heightBits) + 1)
        if !isReduced, reader.bit() { reader.skip(4 + 3) }
        reader.skip(3)
        if !isReduced {
            reader.skip(4)
            let hasOrderHint = reader.bit()
            if hasOrderHint { reader.skip(2) }
            // seq_choose_screen_content_tools, then seq_force_integer_mv if those may be used.
            let forcesTools = reader.bit() || reader.bit()
            if forcesTools, !reader.bit() { reader.skip(1) }
            if hasOrderHint { reader.skip(3) }
        }
        reader.skip(3)
        readColor(&reader)
        return size != nil
    }

    private mutating func readOperatingPoints(_ reader: inout BitReader) {
        var (hasDecoderModel, delayBits) = (false, 0)
        if reader.bit() {
            // timing_info().
            reader.skip(64)
            if reader.bit() { _ = reader.unsigned() }
            hasDecoderModel = reader.bit()
            if hasDecoderModel {
                delayBits = reader.bits(5) + 1
                reader.skip(32 + 10)
            }
        }
        let hasDelay = reader.bit()
        for index in 0...reader.bits(5) {
            reader.skip(12)
            let pointLevel = reader.bits(5)
            let pointTier = pointLevel > 7 ? reader.bits(1) : 0
            if index == 0 { (level, tier) = (pointLevel, pointTier) }
            if hasDecoderModel, reader.bit() { reader.skip(2 * delayBits + 1) }
            if hasDelay, reader.bit() { reader.skip(4) }
        }
    }

    /// color_config() (§5.5.2).
    private mutating func readColor(_ reader: inout BitReader) {
        isHighBitDepth = reader.bit()
        if profile == 2, isHighBitDepth { isTwelveBit = reader.bit() }
        if profile != 1 { isMonochrome = reader.bit() }
        var color = [2, 2, 2]
        if reader.bit() { color = [reader.bits(8), reader.bits(8), reader.bits(8)] }
        if isMonochrome { return }
        if color == [1, 13, 0] {
            // sRGB: all of the colour.
            (isSubsampledInX, isSubsampledInY) = (false, false)
            return
        }
        reader.skip(1)
        switch profile {
        case 0: break
        case 1: (isSubsampledInX, isSubsampledInY) = (false, false)
        default:
            isSubsampledInX = isTwelveBit ? reader.bit() : true
            isSubsampledInY = isTwelveBit && isSubsampledInX ? reader.bit() : false
        }
        if isSubsampledInX, isSubsampledInY { samplePosition = reader.bits(2) }
    }
}
