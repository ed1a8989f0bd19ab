internal import RTP

/// NAL units of H.264 and H.265.
enum NALUnits {
    /// Where they stand behind their start codes; empty ones are left out.
    static func ranges(in bytes: [UInt8]) -> [Range<Int>] { AnnexB.units(in: bytes.span) }

    /// A unit without the bytes that keep start codes out of it (H.264 §7.3.1, H.265 §7.3.1.1).
    static func withoutEmulationPrevention(_ unit: [UInt8]) -> [UInt8] {
        var (result, zeros) = ([UInt8](), 0)
        result.reserveCapacity(unit.count)
        for byte in unit {
            if zeros >= 2, byte == 3 {
                zeros = 0
                continue
            }
            zeros = byte == 0 ? zeros + 1 : 0
            result.append(byte)
        }
        return result
    }

    /// What a unit is to an access unit.
    enum Kind {
        /// Of a picture.
        case slice(isFirst: Bool, isKey: Bool)
        /// Of all pictures behind it.
        case parameterSet
        /// What else stands in front of a picture.
        case prefix
        case delimiter
        /// Goes on with the access unit.
        case other
    }

    /// - Parameters:
    ///   - first: the first byte of the unit.
    ///   - third: the byte behind the header: the second of H.264's, the third of H.265's; nil if
    ///     there is none.
    ///   - codec: H.264, or H.265.
    static func kind(first: UInt8, afterHeader: UInt8?, codec: MediaFileCodec) -> Kind {
        // first_mb_in_slice is ue(v), whose 0 is a bit of 1 (H.264 §7.3.3);
        // first_slice_segment_in_pic_flag is a bit (H.265 §7.3.6.1).
        let isFirst = (afterHeader ?? 0) & 0x80 != 0
        if codec == .h264 {
            switch first & 0x1F {
            case 1, 2, 5: return .slice(isFirst: isFirst, isKey: first & 0x1F == 5)
            case 7, 8, 13, 15: return .parameterSet
            case 9: return .delimiter
            case 6, 14, 16...18: return .prefix
            default: return .other
            }
        }
        switch first >> 1 & 0x3F {
        case 0...31: return .slice(isFirst: isFirst, isKey: (16...23).contains(first >> 1 & 0x3F))
        case 32...34: return .parameterSet
        case 35: return .delimiter
        case 39, 41...44, 48...55: return .prefix
        default: return .other
        }
    }

    /// The same for a unit of a frame.
    static func kind(of unit: Range<Int>, in bytes: [UInt8], codec: MediaFileCodec) -> Kind {
        let place = unit.lowerBound + (codec == .h264 ? 1 : 2)
        return kind(
            first: bytes[unit.lowerBound], afterHeader: place < unit.upperBound ? bytes[place] : nil, codec: codec)
    }

    /// Whether one of the slices is of a picture that a decoder can begin with.
    static func isKeyFrame(_ bytes: [UInt8], codec: MediaFileCodec) -> Bool {
        ranges(in: bytes).contains {
            if case .slice(_, isKey: true) = kind(of: $0, in: bytes, codec: codec) { true } else { false }
        }
    }
}
