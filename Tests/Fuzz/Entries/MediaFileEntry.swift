import MediaFiles

/// Files of each format: any bytes are read or refused, and what was read can be written, and read again.
enum MediaFileEntry {
    @Sendable static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let (kind, piece) = (input.below(6), 1 + input.below(256))
        let file = input.rest()
        for codec in MediaFileCodec.allCases {
            _ = (PictureSize(keyFrame: file, codec: codec), codec.isKeyFrame(file))
        }
        let limit = 1 << 16
        switch kind {
        case 0:
            var reader = IVFReader(maximumFrameSize: limit)
            let frames = read(file, piece, &reader).frames
            try write(frames, [.video(reader.header?.codec ?? .vp8)])
        case 1:
            var reader = OggOpusReader()
            let frames = read(file, piece, &reader).frames
            try write(frames, [.audio(.opus, channels: reader.head?.channels ?? 1, preSkip: reader.head?.preSkip ?? 0)])
            try writeOgg(frames)
        case 2, 3:
            let codec: MediaFileCodec = kind == 2 ? .h264 : .h265
            var reader = try AnnexBReader(codec: codec, maximumFrameSize: limit)
            let frames = read(file, piece, &reader).frames
            try write(frames, [.video(codec)])
            var writer = try AnnexBWriter(codec: codec)
            _ = written(frames, &writer)
        default:
            var reader = MatroskaReader(maximumFrameSize: limit)
            let frames = read(file, piece, &reader).frames
            // What another codec's frames are called does not matter: any bytes may come from an application.
            let tracks: [MediaFileTrack] = reader.tracks.prefix(64).map { track in
                guard let codec = track.codec else { return .video(.vp9) }
                return codec.isVideo ? .video(codec) : .audio(codec, channels: track.channels)
            }
            if !tracks.isEmpty { try write(frames, tracks) }
        }
    }

    private static func read(
        _ bytes: [UInt8], _ piece: Int, _ reader: inout some MediaFileReader
    ) -> (frames: [MediaFileFrame], isWhole: Bool) {
        var (frames, place) = ([MediaFileFrame](), 0)
        do {
            while place < bytes.count {
                let end = min(bytes.count, place + piece)
                try reader.push(bytes.span.extracting(place..<end))
                place = end
                while let frame = try reader.next() { frames.append(frame) }
            }
            reader.finish()
            while let frame = try reader.next() { frames.append(frame) }
        } catch {
            return (frames, false)
        }
        return (frames, true)
    }

    /// The file, and how many frames were taken.
    private static func written(_ frames: [MediaFileFrame], _ writer: inout some MediaFileWriter) -> ([UInt8], Int) {
        var (bytes, output, count) = ([UInt8](), MediaFileOutput(), 0)
        func apply() {
            bytes += output.bytes
            for patch in output.patches {
                bytes.replaceSubrange(patch.offset..<patch.offset + patch.bytes.count, with: patch.bytes)
            }
            output.removeAll()
        }
        for frame in frames.prefix(500) {
            do {
                try writer.append(frame, to: &output)
                count += 1
            } catch {
                continue
            }
            apply()
        }
        writer.finish(to: &output)
        apply()
        return (bytes, count)
    }

    private static func write(_ frames: [MediaFileFrame], _ tracks: [MediaFileTrack]) throws {
        var writer = try MatroskaWriter(tracks: tracks)
        let (bytes, count) = written(frames, &writer)
        var reader = MatroskaReader()
        let again = read(bytes, 4096, &reader)
        try FuzzFinding.require(again.isWhole, "a Matroska file of ours is refused")
        try FuzzFinding.require(
            again.frames.count <= count, "a Matroska file of ours has more frames than it was given")
        for index in reader.tracks.indices {
            let times = again.frames.filter { $0.track == index }.map(\.timestamp)
            try FuzzFinding.require(
                zip(times, times.dropFirst()).allSatisfy { $0 <= $1 }, "times go back within a track")
        }
        if tracks.allSatisfy({ FragmentedMP4Writer.codecs.contains($0.codec) }) {
            var writer = try FragmentedMP4Writer(tracks: tracks)
            _ = written(frames, &writer)
        }
        if tracks.count == 1, IVFWriter.codecs.contains(tracks[0].codec) {
            var writer = try IVFWriter(codec: tracks[0].codec)
            let (bytes, _) = written(frames, &writer)
            var reader = IVFReader()
            let again = read(bytes, 4096, &reader)
            try FuzzFinding.require(
                again.isWhole && again.frames.count == writer.frameCount, "an IVF file of ours is refused")
        }
    }

    private static func writeOgg(_ frames: [MediaFileFrame]) throws {
        var writer = OggOpusWriter()
        let (bytes, count) = written(frames, &writer)
        var reader = OggOpusReader()
        let again = read(bytes, 4096, &reader)
        try FuzzFinding.require(
            again.isWhole && reader.skippedCount == 0 && again.frames.count >= count, "an Ogg file of ours is refused")
    }
}
