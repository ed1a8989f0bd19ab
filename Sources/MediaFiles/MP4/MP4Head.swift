/// What stands in front of the fragments: ftyp and moov (ISO/IEC 14496-12 §4.3, §8.2.1).
struct MP4Head {
    static let videoTimescale: UInt32 = 90000
    static let audioTimescale: UInt32 = 48000
    /// Of the movie: milliseconds.
    private static let movieTimescale: UInt32 = 1000
    /// A matrix that changes nothing.
    private static let unity: [UInt32] = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x4000_0000]
    /// One that turns pictures clockwise, and moves them to where they began (§6.2.2).
    private static func matrix(_ rotation: Int, _ size: PictureSize?) -> [UInt32] {
        let (width, height) = (UInt32(size?.width ?? 0) << 16, UInt32(size?.height ?? 0) << 16)
        let (one, minus) = (0x10000 as UInt32, 0xFFFF_0000 as UInt32)
        return switch rotation {
        case 90: [0, one, 0, minus, 0, 0, height, 0, 0x4000_0000]
        case 180: [minus, 0, 0, 0, minus, 0, width, height, 0x4000_0000]
        case 270: [0, minus, 0, one, 0, 0, 0, width, 0x4000_0000]
        default: unity
        }
    }

    let bytes: [UInt8]
    /// Where a box of nothing stands in place of mehd.
    private let durationPlace: Int

    init(tracks: [MediaFileTrack], descriptions: [TrackDescription?], allowsFormatChange: Bool) {
        var bytes: [UInt8] = []
        ISOBox.append("ftyp", to: &bytes) { bytes in
            bytes += "iso6".utf8
            bytes.append(words: 0)
            bytes += "iso6iso5mp41".utf8
            if tracks.contains(where: { $0.codec == .av1 }) { bytes += "av01".utf8 }
        }
        let present = tracks.indices.filter { descriptions[$0] != nil }
        var durationPlace = 0
        ISOBox.append("moov", to: &bytes) { bytes in
            ISOBox.append("mvhd", version: 0, flags: 0, to: &bytes) { bytes in
                bytes.append(words: 0, 0, Self.movieTimescale, 0, 0x10000, 0x0100_0000, 0, 0)
                for word in Self.unity { bytes.append(big: word) }
                bytes.append(zeros: 24)
                bytes.append(words: UInt32(tracks.count + 1))
            }
            for index in present {
                guard let description = descriptions[index] else { continue }
                Self.append(
                    tracks[index], description, id: UInt32(index + 1), inBand: allowsFormatChange, to: &bytes)
            }
            ISOBox.append("mvex", to: &bytes) { bytes in
                durationPlace = bytes.count
                ISOBox.append("free", to: &bytes) { $0.append(zeros: 12) }
                for index in present {
                    ISOBox.append("trex", version: 0, flags: 0, to: &bytes) { bytes in
                        bytes.append(words: UInt32(index + 1), 1, 0, 0, MP4Fragment.keyFlags)
                    }
                }
            }
        }
        self.bytes = bytes
        self.durationPlace = durationPlace
    }

    /// Puts how long the file is in the place that was left for it.
    func patch(duration: Duration) -> MediaFilePatch {
        var bytes: [UInt8] = []
        ISOBox.append("mehd", version: 1, flags: 0, to: &bytes) {
            $0.append(big: duration.ticks(per: Int64(Self.movieTimescale)))
        }
        return MediaFilePatch(offset: durationPlace, bytes: bytes)
    }

    private static func append(
        _ track: MediaFileTrack, _ description: TrackDescription, id: UInt32, inBand: Bool,
        to bytes: inout [UInt8]
    ) {
        let isVideo = track.codec.isVideo
        ISOBox.append("trak", to: &bytes) { bytes in
            // Enabled, and part of the movie.
            ISOBox.append("tkhd", version: 0, flags: 3, to: &bytes) { bytes in
                bytes.append(words: 0, 0, id, 0, 0, 0, 0, 0, isVideo ? 0 : 0x0100_0000)
                for word in matrix(track.rotation, description.size) { bytes.append(big: word) }
                bytes.append(
                    words: UInt32(description.size?.width ?? 0) << 16, UInt32(description.size?.height ?? 0) << 16)
            }
            if track.preSkip > 0 {
                // What is not to be heard at the beginning: all of the media but that, whose length
                // nobody knows yet (§8.6.6).
                ISOBox.append("edts", to: &bytes) { bytes in
                    ISOBox.append("elst", version: 0, flags: 0, to: &bytes) {
                        $0.append(words: 1, 0, UInt32(track.preSkip), 0x10000)
                    }
                }
            }
            ISOBox.append("mdia", to: &bytes) { bytes in
                ISOBox.append("mdhd", version: 0, flags: 0, to: &bytes) { bytes in
                    // The language is undetermined.
                    bytes.append(words: 0, 0, isVideo ? videoTimescale : audioTimescale, 0, 0x55C4_0000)
                }
                ISOBox.append("hdlr", version: 0, flags: 0, to: &bytes) { bytes in
                    bytes.append(words: 0)
                    bytes += (isVideo ? "vide" : "soun").utf8
                    bytes.append(zeros: 12)
                    bytes += (track.name ?? (isVideo ? "video" : "audio")).utf8.filter { $0 != 0 }
                    bytes.append(0)
                }
                ISOBox.append("minf", to: &bytes) { bytes in
                    if isVideo {
                        ISOBox.append("vmhd", version: 0, flags: 1, to: &bytes) { $0.append(zeros: 8) }
                    } else {
                        ISOBox.append("smhd", version: 0, flags: 0, to: &bytes) { $0.append(zeros: 4) }
                    }
                    ISOBox.append("dinf", to: &bytes) { bytes in
                        ISOBox.append("dref", version: 0, flags: 0, to: &bytes) { bytes in
                            bytes.append(words: 1)
                            ISOBox.append("url ", version: 0, flags: 1, to: &bytes)
                        }
                    }
                    appendSampleTable(track, description, inBand: inBand, to: &bytes)
                }
            }
        }
    }

    /// All samples are in fragments: but for their description the table is empty.
    private static func appendSampleTable(
        _ track: MediaFileTrack, _ description: TrackDescription, inBand: Bool, to bytes: inout [UInt8]
    ) {
        ISOBox.append("stbl", to: &bytes) { bytes in
            ISOBox.append("stsd", version: 0, flags: 0, to: &bytes) { bytes in
                bytes.append(words: 1)
                if let size = description.size {
                    appendEntry(track.codec, size, description.record, inBand: inBand, to: &bytes)
                } else {
                    appendOpusEntry(track, to: &bytes)
                }
            }
            ISOBox.append("stts", version: 0, flags: 0, to: &bytes) { $0.append(words: 0) }
            ISOBox.append("stsc", version: 0, flags: 0, to: &bytes) { $0.append(words: 0) }
            ISOBox.append("stsz", version: 0, flags: 0, to: &bytes) { $0.append(words: 0, 0) }
            ISOBox.append("stco", version: 0, flags: 0, to: &bytes) { $0.append(words: 0) }
        }
    }

    /// VisualSampleEntry (§12.1.3); its name says whether parameter sets may be in the frames
    /// (ISO/IEC 14496-15 §5.4.2.1, §8.4.1).
    private static func appendEntry(
        _ codec: MediaFileCodec, _ size: PictureSize, _ record: [UInt8], inBand: Bool, to bytes: inout [UInt8]
    ) {
        let type: StaticString =
            switch codec {
            case .h264: inBand ? "avc3" : "avc1"
            case .h265: inBand ? "hev1" : "hvc1"
            case .av1: "av01"
            default: "vp09"
            }
        ISOBox.append(type, to: &bytes) { bytes in
            bytes.append(zeros: 6)
            bytes.append(big: UInt16(1))
            bytes.append(zeros: 16)
            bytes.append(big: UInt16(clamping: size.width))
            bytes.append(big: UInt16(clamping: size.height))
            // 72 pixels to the inch, one picture a sample, no name, 24 bits of colour.
            bytes.append(words: 0x48_0000, 0x48_0000, 0)
            bytes.append(big: UInt16(1))
            bytes.append(zeros: 32)
            bytes.append(big: UInt16(0x18))
            bytes.append(big: UInt16(0xFFFF))
            switch codec {
            case .h264: ISOBox.append("avcC", to: &bytes) { $0 += record }
            case .h265: ISOBox.append("hvcC", to: &bytes) { $0 += record }
            case .av1: ISOBox.append("av1C", to: &bytes) { $0 += record }
            default: ISOBox.append("vpcC", version: 1, flags: 0, to: &bytes) { $0 += record }
            }
        }
    }

    /// AudioSampleEntry (§12.2.3), and Encapsulation of Opus in ISO BMFF §4.3.2.
    private static func appendOpusEntry(_ track: MediaFileTrack, to bytes: inout [UInt8]) {
        ISOBox.append("Opus", to: &bytes) { bytes in
            bytes.append(zeros: 6)
            bytes.append(big: UInt16(1))
            bytes.append(zeros: 8)
            bytes.append(big: UInt16(track.channels))
            bytes.append(big: UInt16(16))
            bytes.append(words: 0, audioTimescale << 16)
            ISOBox.append("dOps", to: &bytes) { bytes in
                bytes += [0, UInt8(track.channels)]
                bytes.append(big: UInt16(track.preSkip))
                bytes.append(words: UInt32(track.sampleRate))
                // No gain, and no mapping.
                bytes.append(zeros: 3)
            }
        }
    }
}
