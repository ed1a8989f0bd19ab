/// What stands in front of the clusters.
struct MatroskaHead {
    /// Room for a SeekHead of three entries, and a Void of what is left.
    private static let seekHeadSize = 90
    /// A Duration of eight bytes, with its number and length.
    private static let durationSize = 11

    let bytes: [UInt8]
    /// Where the length of the Segment stands, and its content begins.
    private let segmentSize: Int
    let segmentStart: Int
    private let seekHead: Int
    private let info: Int
    private let duration: Int
    private let tracks: Int

    init(format: MatroskaFormat, tracks: [MediaFileTrack], descriptions: [TrackDescription?]) {
        var bytes: [UInt8] = []
        EBML.append(MatroskaID.ebml, to: &bytes) { header in
            for (id, value) in [(0x4286, 1), (0x42F7, 1), (0x42F2, 4), (0x42F3, 8)] as [(UInt32, UInt64)] {
                EBML.append(id, unsigned: value, to: &header)
            }
            EBML.append(MatroskaID.docType, text: format.rawValue, to: &header)
            // SimpleBlock is of version 2, what Opus needs of version 4.
            EBML.append(0x4287, unsigned: 4, to: &header)
            EBML.append(0x4285, unsigned: 2, to: &header)
        }
        EBML.append(id: MatroskaID.segment, to: &bytes)
        segmentSize = bytes.count
        bytes += EBML.unknownSize
        segmentStart = bytes.count
        seekHead = bytes.count
        EBML.append(voidOf: Self.seekHeadSize, to: &bytes)
        info = bytes.count
        EBML.append(MatroskaID.info, to: &bytes) { info in
            EBML.append(MatroskaID.timestampScale, unsigned: 1_000_000, to: &info)
            EBML.append(MatroskaID.muxingApp, text: "swift-webrtc", to: &info)
            EBML.append(MatroskaID.writingApp, text: "swift-webrtc", to: &info)
            EBML.append(voidOf: Self.durationSize, to: &info)
        }
        // It is the last of Info.
        duration = bytes.count - Self.durationSize
        self.tracks = bytes.count
        EBML.append(MatroskaID.tracks, to: &bytes) { list in
            for (index, track) in tracks.enumerated() {
                guard let description = descriptions[index] else { continue }
                EBML.append(MatroskaID.trackEntry, to: &list) {
                    Self.append(track, description, number: index + 1, to: &$0)
                }
            }
        }
        self.bytes = bytes
    }

    private static func append(
        _ track: MediaFileTrack, _ description: TrackDescription, number: Int, to entry: inout [UInt8]
    ) {
        EBML.append(MatroskaID.trackNumber, unsigned: UInt64(number), to: &entry)
        EBML.append(MatroskaID.trackUID, unsigned: UInt64(number), to: &entry)
        EBML.append(MatroskaID.trackType, unsigned: track.codec.isVideo ? 1 : 2, to: &entry)
        EBML.append(MatroskaID.flagLacing, unsigned: 0, to: &entry)
        EBML.append(MatroskaID.language, text: "und", to: &entry)
        if let name = track.name { EBML.append(MatroskaID.name, text: name, to: &entry) }
        EBML.append(MatroskaID.codecID, text: MatroskaCodec.id(of: track.codec), to: &entry)
        let content = MatroskaCodec.privateData(of: track, description)
        if !content.isEmpty { EBML.append(MatroskaID.codecPrivate, content, to: &entry) }
        if track.codec == .opus {
            EBML.append(MatroskaID.codecDelay, unsigned: UInt64(track.delay.ticks(per: 1_000_000_000)), to: &entry)
            // 80 ms, as for Ogg (RFC 7845 §4.6).
            EBML.append(MatroskaID.seekPreRoll, unsigned: 80_000_000, to: &entry)
        }
        if let size = description.size {
            EBML.append(MatroskaID.video, to: &entry) { video in
                EBML.append(MatroskaID.pixelWidth, unsigned: UInt64(size.width), to: &video)
                EBML.append(MatroskaID.pixelHeight, unsigned: UInt64(size.height), to: &video)
                guard track.rotation != 0 else { return }
                // Flat, and turned: it counts the other way (RFC 9559, ProjectionPoseRoll).
                EBML.append(MatroskaID.projection, to: &video) { projection in
                    EBML.append(MatroskaID.projectionType, unsigned: 0, to: &projection)
                    let roll = track.rotation > 180 ? 360 - track.rotation : -track.rotation
                    EBML.append(MatroskaID.projectionPoseRoll, float: Double(roll), to: &projection)
                }
            }
        }
        if !track.codec.isVideo {
            EBML.append(MatroskaID.audio, to: &entry) { audio in
                let rate = track.codec == .opus ? 48000 : track.sampleRate
                EBML.append(MatroskaID.samplingFrequency, float: Double(rate), to: &audio)
                EBML.append(MatroskaID.channels, unsigned: UInt64(track.channels), to: &audio)
                if track.codec != .opus { EBML.append(MatroskaID.bitDepth, unsigned: 8, to: &audio) }
            }
        }
    }

    /// What the end tells: how long it is in milliseconds and in bytes, and where the cues are.
    func patches(duration milliseconds: Int64, cues: Int?, end: Int) -> [MediaFilePatch] {
        var patches: [MediaFilePatch] = []
        var size: [UInt8] = []
        EBML.append(size: end - segmentStart, width: 8, to: &size)
        patches.append(MediaFilePatch(offset: segmentSize, bytes: size))
        var length: [UInt8] = []
        EBML.append(MatroskaID.duration, float: Double(milliseconds), to: &length)
        patches.append(MediaFilePatch(offset: duration, bytes: length))
        var seek: [UInt8] = []
        EBML.append(MatroskaID.seekHead, to: &seek) { list in
            append(MatroskaID.info, at: info, to: &list)
            append(MatroskaID.tracks, at: tracks, to: &list)
            if let cues { append(MatroskaID.cues, at: cues, to: &list) }
        }
        EBML.append(voidOf: Self.seekHeadSize - seek.count, to: &seek)
        patches.append(MediaFilePatch(offset: seekHead, bytes: seek))
        return patches
    }

    private func append(_ id: UInt32, at place: Int, to list: inout [UInt8]) {
        EBML.append(MatroskaID.seek, to: &list) { entry in
            var bytes: [UInt8] = []
            EBML.append(id: id, to: &bytes)
            EBML.append(MatroskaID.seekID, bytes, to: &entry)
            EBML.append(MatroskaID.seekPosition, unsigned: UInt64(place - segmentStart), to: &entry)
        }
    }
}
