/// How Matroska names codecs, and what it holds for their decoders (Matroska Codec Specifications).
enum MatroskaCodec {
    private static let ids: [(MediaFileCodec, String)] = [
        (.vp8, "V_VP8"), (.vp9, "V_VP9"), (.av1, "V_AV1"), (.h264, "V_MPEG4/ISO/AVC"), (.h265, "V_MPEGH/ISO/HEVC"),
        (.opus, "A_OPUS"), (.pcmu, "A_MS/ACM"), (.pcma, "A_MS/ACM"),
    ]

    static func id(of codec: MediaFileCodec) -> String { ids.first { $0.0 == codec }?.1 ?? "" }

    /// Nil for one that is not among ours.
    static func codec(id: String, privateData: [UInt8]) -> MediaFileCodec? {
        guard id == "A_MS/ACM" else { return ids.first { $0.1 == id }?.0 }
        guard privateData.count >= 2 else { return nil }
        switch privateData.little(at: 0, count: 2) {
        case 7: return .pcmu
        case 6: return .pcma
        default: return nil
        }
    }

    static func privateData(of track: MediaFileTrack, _ description: TrackDescription) -> [UInt8] {
        switch track.codec {
        // A player needs none of VP9, and some do not know the record.
        case .vp8, .vp9: return []
        case .av1, .h264, .h265: return description.record
        case .opus:
            return OpusHead(channels: track.channels, preSkip: track.preSkip, sampleRate: track.sampleRate).bytes
        case .pcmu, .pcma:
            // WAVEFORMATEX.
            var bytes: [UInt8] = []
            bytes.append(little: UInt16(track.codec == .pcmu ? 7 : 6))
            bytes.append(little: UInt16(track.channels))
            bytes.append(little: UInt32(track.sampleRate))
            bytes.append(little: UInt32(track.sampleRate * track.channels))
            bytes.append(little: UInt16(track.channels))
            bytes.append(little: UInt16(8))
            bytes.append(little: UInt16(0))
            return bytes
        }
    }
}
