import MediaFiles
import TestSupport
import Testing

@Suite("Fragmented MP4", .needsFFmpeg)
struct FragmentedMP4Tests {
    @Test(
        "what is written is decoded to the same pictures and samples, finished or not", arguments: Recording.ofMP4,
        [true, false])
    func writing(recording: Recording, isFinished: Bool) throws {
        let folder = try TestFolder()
        let frames = try recording.frames(seconds: 3, in: folder)
        let path = folder.path(recording.name)
        var writer = try FragmentedMP4Writer(tracks: recording.tracks)
        let bytes = try writer.file(of: frames, isFinished: isFinished)
        let copy = try folder.write(bytes, to: "copy.mp4")
        for track in 0..<2 {
            var expected = try FFmpeg.packets(of: path, stream: "\(track)")
            let packets = try FFmpeg.packets(of: copy, stream: "\(track)")
            if !isFinished {
                // The last fragment, and the last frame of each.
                #expect(packets.count >= expected.count - (track == 0 ? 26 : 51) && packets.count > 20)
                expected.removeLast(expected.count - packets.count)
            }
            #expect(packets.count == expected.count && packets.map(\.isKey) == expected.map(\.isKey))
            #expect(zip(packets, expected).allSatisfy { abs($0.timestamp - $1.timestamp) <= 1001 })
            let decoded = try FFmpeg.decode(copy, stream: "\(track)")
            if isFinished, track == 0 { #expect(decoded == (try FFmpeg.decode(path))) }
        }
        guard isFinished else { return }
        let duration = Double(try FFmpeg.value("format=duration", of: copy)) ?? 0
        #expect(abs(duration - 3) < 0.05, "\(duration)")
        #expect(
            try FFmpeg.value("stream=width,height", of: copy, stream: "v").hasPrefix("176,144"))
    }

    @Test("pictures that change their size in the middle are decoded, where that is allowed", arguments: [true, false])
    func formatChange(isMP4: Bool) throws {
        let folder = try TestFolder()
        for (codec, name, options) in [
            (MediaFileCodec.h264, "a.h264", "-c:v libx264 -bf 0"),
            (.h265, "a.hevc", "-c:v libx265 -x265-params log-level=none:bframes=0"),
        ] {
            var frames: [MediaFileFrame] = []
            for size in ["176x144", "320x240"] {
                var reader = try AnnexBReader(codec: codec)
                let path = try FFmpeg.make(name, options, size: size, in: folder)
                for frame in reader.frames(of: try folder.read(path)).frames {
                    var frame = frame
                    frame.timestamp = .milliseconds(40 * frames.count)
                    frames.append(frame)
                }
            }
            let bytes: [UInt8]
            if isMP4 {
                var options = FragmentedMP4Writer.Options()
                options.allowsFormatChange = true
                var writer = try FragmentedMP4Writer(tracks: [.video(codec)], options: options)
                bytes = try writer.file(of: frames)
            } else {
                var options = MatroskaWriter.Options()
                options.allowsFormatChange = true
                var writer = try MatroskaWriter(tracks: [.video(codec)], options: options)
                bytes = try writer.file(of: frames)
            }
            let path = try folder.write(bytes, to: isMP4 ? "a.mp4" : "a.mkv")
            try FFmpeg.decode(path)
            #expect(try FFmpeg.decodedCount(of: path) == 50)
        }
    }

    @Test("a player turns the pictures of a track that says so", arguments: [0, 90, 180, 270])
    func rotation(degrees: Int) throws {
        let folder = try TestFolder()
        var reader = try AnnexBReader(codec: .h264)
        let source = try folder.read(FFmpeg.make("a.h264", "-c:v libx264 -bf 0", size: "320x240", in: folder))
        var frames = reader.frames(of: source).frames
        for index in frames.indices { frames[index].timestamp = .milliseconds(40 * index) }
        var mp4 = try FragmentedMP4Writer(tracks: [.video(.h264, rotation: degrees)])
        var matroska = try MatroskaWriter(tracks: [.video(.h264, rotation: degrees)])
        for (name, bytes) in [("a.mp4", try mp4.file(of: frames)), ("a.mkv", try matroska.file(of: frames))] {
            let path = try folder.write(bytes, to: name)
            // It counts the other way, and half a turn either way.
            let said = try FFmpeg.value("stream_side_data=rotation", of: path).split(separator: ",").first
            let turned = said.flatMap { Int($0) } ?? 0
            #expect((turned + 360) % 360 == (360 - degrees) % 360, "\(name): \(turned)")
        }
    }

    @Test("all samples of Opus are heard, and no others")
    func opus() throws {
        let folder = try TestFolder()
        let path = try FFmpeg.make("a.opus", "-c:a libopus", seconds: 2.5, in: folder)
        var reader = OggOpusReader()
        let frames = reader.frames(of: try folder.read(path)).frames
        var writer = try FragmentedMP4Writer(tracks: [.audio(.opus)])
        let copy = try folder.write(try writer.file(of: frames), to: "a.mp4")
        #expect(try FFmpeg.packets(of: copy).map(\.size) == frames.map(\.bytes.count))
        func samples(_ path: String) throws -> [UInt8] {
            let wave = folder.path("wave.raw")
            try FFmpeg.run(.ffmpeg, ["-v", "error", "-y", "-xerror", "-i", path, "-f", "s16le", wave])
            return try folder.read(wave)
        }
        let (one, two) = (try samples(copy), try samples(path))
        // ffmpeg does not cut the end of MP4.
        #expect(one.count >= two.count && one.count <= two.count + 1920)
        #expect(one.prefix(two.count) == two[...])
    }

    @Test("what is on disk plays up to the last whole fragment, wherever it ends", arguments: Recording.ofMP4)
    func cut(recording: Recording) throws {
        let folder = try TestFolder()
        let frames = try recording.frames(seconds: 2, in: folder)
        var options = FragmentedMP4Writer.Options()
        options.fragmentDuration = .milliseconds(200)
        var writer = try FragmentedMP4Writer(tracks: recording.tracks, options: options)
        var (bytes, ends, output) = ([UInt8](), [(Int, Int)](), MediaFileOutput())
        for (index, frame) in frames.enumerated() {
            try writer.append(frame, to: &output)
            if !output.bytes.isEmpty {
                bytes += output.bytes
                ends.append((bytes.count, frames[...index].of(0).count))
            }
            output.removeAll()
        }
        var random = SeededGenerator(seed: 31)
        for _ in 0..<4 {
            let cut = Int.random(in: ends[1].0...bytes.count, using: &random)
            let path = try folder.write(Array(bytes[..<cut]), to: "cut.mp4")
            let whole = ends.last { $0.0 <= cut }?.1 ?? 0
            // Between that which has come and what of it waits for its fragment or the other track.
            let decoded = try FFmpeg.decodedCount(of: path)
            #expect(decoded >= whole - 16 && decoded <= whole + 16 && decoded > 0)
        }
        let all = try folder.write(bytes, to: "all.mp4")
        try FFmpeg.decode(all)
    }

    @Test("a gap stays where it is, and times that were rounded are none")
    func times() throws {
        let folder = try TestFolder()
        let frames = (0..<100).filter { !(40..<60).contains($0) }.map {
            // 20 ms of CELT, whose times are a little off.
            MediaFileFrame(bytes: [0xF8, 1, 2], timestamp: .milliseconds(20 * $0 + $0 % 3))
        }
        var writer = try FragmentedMP4Writer(tracks: [.audio(.opus, preSkip: 0)])
        let copy = try folder.write(try writer.file(of: frames), to: "a.mp4")
        let times = try FFmpeg.packets(of: copy).map(\.timestamp)
        #expect(times.count == 80)
        for (index, time) in times.enumerated() {
            let expected = (index < 40 ? index : index + 20) * 20_000
            #expect(abs(time - expected) <= 2000)
        }
        #expect(zip(times, times.dropFirst()).filter { $1 - $0 == 20_000 }.count >= 77)
    }
}

@Suite("Fragmented MP4 without a referee")
struct FragmentedMP4FormatTests {
    @Test("VP8 and PCM have no place in it")
    func codecs() throws {
        for track in [MediaFileTrack.video(.vp8), .audio(.pcmu), .audio(.pcma)] {
            #expect(
                throws: MediaFileError.codec(track.codec, format: "MP4", allowed: [.vp9, .av1, .h264, .h265, .opus])
            ) { try FragmentedMP4Writer(tracks: [track]) }
        }
    }

    @Test("a fragment ends at each key frame, after a second, and when it is large")
    func fragments() throws {
        // Of size 16 x 16.
        let sets: [UInt8] = [
            0, 0, 0, 1, 0x67, 0x42, 0xC0, 0x0A, 0xF5, 0xE0, 0x80, 0, 0, 0, 1, 0x68, 0xCE, 0x3C, 0x80,
        ]
        func frame(_ milliseconds: Int, isKey: Bool, size: Int = 10) -> MediaFileFrame {
            MediaFileFrame(
                bytes: (isKey ? sets : []) + [0, 0, 0, 1, isKey ? 0x65 : 0x41, 0x88]
                    + [UInt8](repeating: 7, count: size),
                timestamp: .milliseconds(milliseconds), isKeyFrame: isKey)
        }
        func fragments(_ frames: [MediaFileFrame]) throws -> Int {
            var writer = try FragmentedMP4Writer(tracks: [.video(.h264)])
            let bytes = try writer.file(of: frames)
            return bytes.count(of: Array("moof".utf8))
        }
        #expect(try fragments((0..<100).map { frame($0 * 10, isKey: $0 % 25 == 0) }) == 4)
        #expect(try fragments((0..<100).map { frame($0 * 50, isKey: $0 == 0) }) == 5)
        #expect(try fragments((0..<8).map { frame($0, isKey: $0 == 0, size: 2 << 20) }) == 3)
        var writer = try FragmentedMP4Writer(tracks: [.video(.h264)])
        var output = MediaFileOutput()
        try writer.append(frame(0, isKey: true), to: &output)
        var other = frame(40, isKey: true)
        other.bytes[6] = 0xC1
        #expect(throws: MediaFileError.formatChanged(track: 0)) { try writer.append(other, to: &output) }
        try writer.append(frame(40, isKey: true), to: &output)
    }

    @Test("frames of anything are written or refused")
    func damage() throws {
        var random = SeededGenerator(seed: 32)
        for codec in FragmentedMP4Writer.codecs {
            for _ in 0..<300 {
                var writer = try FragmentedMP4Writer(tracks: [codec.isVideo ? .video(codec) : .audio(codec)])
                var output = MediaFileOutput()
                for _ in 0..<10 {
                    let count = Int.random(in: 0...60, using: &random)
                    var bytes: [UInt8] = (0..<count).map { _ in .random(in: 0...255, using: &random) }
                    if codec == .h264 { bytes = [0, 0, 1, 0x67] + bytes + [0, 0, 1, 0x68, 1, 0, 0, 1, 0x65, 0x88] }
                    if codec == .h265 {
                        bytes =
                            [0, 0, 1, 0x40, 1, 1, 0, 0, 1, 0x42, 1, 1] + bytes + [
                                0, 0, 1, 0x44, 1, 1, 0, 0, 1, 0x26, 1, 0x80,
                            ]
                    }
                    if codec == .av1 { bytes = [0x12, 0, 0x0A, UInt8(count)] + bytes + [0x32, 1, 0x10] }
                    if codec == .vp9 { bytes = [0x82, 0x49, 0x83, 0x42] + bytes }
                    let time = Duration(
                        secondsComponent: .random(in: .min ... .max, using: &random)
                            >> Int.random(in: 0..<60, using: &random),
                        attosecondsComponent: 0)
                    try? writer.append(MediaFileFrame(bytes: bytes, timestamp: time), to: &output)
                }
                writer.finish(to: &output)
                #expect(output.bytes.count < 5000)
            }
        }
    }
}
