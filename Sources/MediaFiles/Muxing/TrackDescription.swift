/// What stands of a track at the beginning of a file, and is not known before its first key frame.
struct TrackDescription: Sendable, Hashable {
    /// Of video.
    let size: PictureSize?
    /// The record that a file holds for the decoder: of H.264 and H.265 as ISO/IEC 14496-15 has it
    /// (§5.3.3.1, §8.3.3.1), of AV1 and VP9 as their bindings to ISO BMFF have it. Empty for
    /// others.
    let record: [UInt8]
    /// Those that are in the record.
    let parameterSets: ParameterSets
    /// As it is in the record.
    let sequenceHeader: [UInt8]

    /// Of audio, which needs no frame.
    static let audio = TrackDescription(size: nil, record: [], parameterSets: ParameterSets(), sequenceHeader: [])

    private init(size: PictureSize?, record: [UInt8], parameterSets: ParameterSets, sequenceHeader: [UInt8]) {
        self.size = size
        self.record = record
        self.parameterSets = parameterSets
        self.sequenceHeader = sequenceHeader
    }

    /// Nil if the frame is none to begin with: its headers are not there, or say nothing.
    ///
    /// - Parameters:
    ///   - keyFrame: as ``MediaFileFrame`` has it.
    ///   - codec: of video.
    ///   - parameterSets: those that have come before it.
    init?(keyFrame: [UInt8], codec: MediaFileCodec, parameterSets: ParameterSets) {
        switch codec {
        case .vp8:
            guard let size = VP8FrameHeader(keyFrame)?.size else { return nil }
            self.init(size: size, record: [], parameterSets: ParameterSets(), sequenceHeader: [])
        case .vp9:
            guard let header = VP9FrameHeader(keyFrame), let size = header.size else { return nil }
            self.init(
                size: size, record: Self.record(of: header, size), parameterSets: ParameterSets(), sequenceHeader: [])
        case .av1:
            guard let header = AV1SequenceHeader(temporalUnit: keyFrame), let size = header.size else { return nil }
            self.init(
                size: size, record: Self.record(of: header), parameterSets: ParameterSets(),
                sequenceHeader: header.unit)
        case .h264:
            guard parameterSets.isComplete(for: codec), let unit = parameterSets.sequence.first,
                let set = H264ParameterSet(unit: unit), let size = set.size
            else { return nil }
            self.init(
                size: size, record: Self.record(of: set, unit, parameterSets), parameterSets: parameterSets,
                sequenceHeader: [])
        case .h265:
            guard parameterSets.isComplete(for: codec), let unit = parameterSets.sequence.first,
                let set = H265ParameterSet(unit: unit), let size = set.size
            else { return nil }
            self.init(
                size: size, record: Self.record(of: set, parameterSets), parameterSets: parameterSets,
                sequenceHeader: [])
        case .opus, .pcmu, .pcma: return nil
        }
    }

    /// AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3.1.2), with lengths of four bytes.
    private static func record(of set: H264ParameterSet, _ unit: [UInt8], _ sets: ParameterSets) -> [UInt8] {
        var record: [UInt8] = [1, unit[1], unit[2], unit[3], 0xFF]
        record.append(0xE0 | UInt8(sets.sequence.count & 0x1F))
        for unit in sets.sequence.prefix(0x1F) { append(unit, to: &record) }
        record.append(UInt8(sets.picture.count & 0xFF))
        for unit in sets.picture { append(unit, to: &record) }
        if [100, 110, 122, 144].contains(set.profile) {
            record += [
                0xFC | UInt8(set.chromaFormat & 3), 0xF8 | UInt8(set.lumaDepth - 8 & 7),
                0xF8 | UInt8(set.chromaDepth - 8 & 7), 0,
            ]
        }
        return record
    }

    /// HEVCDecoderConfigurationRecord (ISO/IEC 14496-15 §8.3.3.1.2), with lengths of four bytes.
    private static func record(of set: H265ParameterSet, _ sets: ParameterSets) -> [UInt8] {
        var record: [UInt8] = [1] + set.profileTierLevel
        record += [0xF0, 0, 0xFC, 0xFC | UInt8(set.chromaFormat & 3)]
        record += [0xF8 | UInt8(set.lumaDepth - 8 & 7), 0xF8 | UInt8(set.chromaDepth - 8 & 7), 0, 0]
        record.append(UInt8(set.temporalLayers & 7) << 3 | (set.isTemporalNested ? 4 : 0) | 3)
        record.append(3)
        for (type, units) in [(32, sets.video), (33, sets.sequence), (34, sets.picture)] as [(UInt8, [[UInt8]])] {
            // All of them are in the record.
            record.append(0x80 | type)
            record.append(big: UInt16(units.count))
            for unit in units { append(unit, to: &record) }
        }
        return record
    }

    private static func append(_ unit: [UInt8], to record: inout [UInt8]) {
        record.append(big: UInt16(clamping: unit.count))
        record += unit.prefix(0xFFFF)
    }

    /// AV1CodecConfigurationRecord (AV1 in ISO BMFF §2.3.3).
    private static func record(of header: AV1SequenceHeader) -> [UInt8] {
        var flags: UInt8 = UInt8(header.tier) << 7 | UInt8(header.samplePosition)
        if header.isHighBitDepth { flags |= 0x40 }
        if header.isTwelveBit { flags |= 0x20 }
        if header.isMonochrome { flags |= 0x10 }
        if header.isSubsampledInX { flags |= 0x08 }
        if header.isSubsampledInY { flags |= 0x04 }
        return [0x81, UInt8(header.profile) << 5 | UInt8(header.level), flags, 0] + header.unit
    }

    /// VPCodecConfigurationRecord (VP Codec in ISO BMFF, "Semantics").
    private static func record(of header: VP9FrameHeader, _ size: PictureSize) -> [UInt8] {
        // The level by the size alone (VP9 levels, "Max Luma Picture Size").
        let pixels = size.width * size.height
        let sizes = [
            (36864, 10), (73728, 11), (122_880, 20), (245_760, 21), (552_960, 30), (983_040, 31), (2_228_224, 40),
            (8_912_896, 50), (35_651_584, 60),
        ]
        let level = sizes.first { pixels <= $0.0 }?.1 ?? 62
        let subsampling: UInt8 =
            switch (header.isSubsampledInX, header.isSubsampledInY) {
            case (true, true): 1
            case (true, false): 2
            default: 3
            }
        // BT.601, BT.709, SMPTE 170M and 240M, BT.2020 and RGB as ISO/IEC 23091-2 numbers them.
        let color: (UInt8, UInt8, UInt8) =
            switch header.colorSpace {
            case 1: (5, 6, 5)
            case 2: (1, 1, 1)
            case 3: (6, 6, 6)
            case 4: (7, 7, 7)
            case 5: (9, 14, 9)
            case 7: (1, 13, 0)
            default: (2, 2, 2)
            }
        return [
            UInt8(header.profile), UInt8(level),
            UInt8(header.bitDepth) << 4 | subsampling << 1 | (header.isFullRange ? 1 : 0), color.0, color.1, color.2,
            0, 0,
        ]
    }
}
