import MediaFiles
import TestSupport
import Testing

@Suite("IVF", .needsFFmpeg)
struct IVFTests {
    static let encoders: [(MediaFileCodec, String)] = [
        (.vp8, "-c:v libvpx -g 10"), (.vp9, "-c:v libvpx-vp9 -g 10 -cpu-used 8 -deadline realtime"),
        (.av1, "-c:v libaom-av1 -g 10 -cpu-used 8 -usage realtime -lag-in-frames 0"),
    ]

    @Test("a file of ffmpeg's has the frames that ffprobe sees, at whatever size of pieces", arguments: encoders)
    func reading(codec: MediaFileCodec, options: String) throws {
        let folder = try TestFolder()
        let path = try FFmpeg.make("a.ivf", options, in: folder)
        let expected = try FFmpeg.packets(of: path)
        let bytes = try folder.read(path)
        for pieces in [7, 1000, 1 << 20] {
            var reader = IVFReader()
            let (frames, error) = reader.frames(of: bytes, pieces: pieces)
            #expect(error == nil)
            #expect(frames.count == 25 && frames.map(\.packet) == expected)
            #expect(reader.header?.codec == codec && reader.header?.width == 176 && reader.header?.height == 144)
            #expect(
                frames.filter(\.isKeyFrame).allSatisfy {
                    PictureSize(keyFrame: $0.bytes, codec: codec) == PictureSize(width: 176, height: 144)
                })
        }
    }

    @Test("what is written is decoded to the same pictures, and counts its frames at the end", arguments: encoders)
    func writing(codec: MediaFileCodec, options: String) throws {
        let folder = try TestFolder()
        let path = try FFmpeg.make("a.ivf", options, in: folder)
        var reader = IVFReader()
        let frames = reader.frames(of: try folder.read(path)).frames
        var writer = try IVFWriter(codec: codec)
        let later = frames.map { frame in
            var frame = frame
            frame.timestamp += .seconds(100)
            return frame
        }
        let bytes = try writer.file(of: [MediaFileFrame(bytes: [1, 2], timestamp: .zero, isKeyFrame: false)] + later)
        #expect(writer.frameCount == 25)
        let copy = try folder.write(bytes, to: "b.ivf")
        #expect(try FFmpeg.decode(copy) == FFmpeg.decode(path))
        #expect(try FFmpeg.packets(of: copy) == FFmpeg.packets(of: path))
        var again = IVFReader()
        #expect(again.frames(of: bytes).frames == frames)
        #expect(again.header?.frameCount == 25)
    }

    @Test("what is on disk is read up to the last whole frame, wherever it ends")
    func cut() throws {
        let folder = try TestFolder()
        var reader = IVFReader()
        let path = try FFmpeg.make("a.ivf", Self.encoders[0].1, in: folder)
        let frames = reader.frames(of: try folder.read(path)).frames
        var writer = try IVFWriter(codec: .vp8)
        let bytes = try writer.file(of: frames, isFinished: false)
        var random = SeededGenerator(seed: 3)
        for round in 0..<50 {
            let prefix = Array(bytes[..<Int.random(in: 0...bytes.count, using: &random)])
            var (end, whole) = (32, 0)
            for frame in frames {
                end += 12 + frame.bytes.count
                if end <= prefix.count { whole += 1 }
            }
            var reader = IVFReader()
            #expect(reader.frames(of: prefix).frames == Array(frames[..<whole]))
            guard round < 5, whole > 0 else { continue }
            let path = try folder.write(prefix, to: "cut.ivf")
            let decoded = try FFmpeg.decodedCount(of: path)
            #expect(decoded == whole || decoded == whole + 1, "ffmpeg tries what is there of the next")
        }
    }
}

@Suite("IVF without a referee")
struct IVFFormatTests {
    @Test("codecs that it has no place for are refused, and so are empty frames and other tracks")
    func refusal() throws {
        #expect(throws: MediaFileError.codec(.opus, format: "IVF", allowed: [.vp8, .vp9, .av1])) {
            try IVFWriter(codec: .opus)
        }
        var writer = try IVFWriter(codec: .vp8)
        var output = MediaFileOutput()
        #expect(throws: MediaFileError.self) {
            try writer.append(MediaFileFrame(bytes: [], timestamp: .zero), to: &output)
        }
        #expect(throws: MediaFileError.noSuchTrack(1, count: 1)) {
            try writer.append(MediaFileFrame(bytes: [1], timestamp: .zero, track: 1), to: &output)
        }
        writer.finish(to: &output)
        #expect(output.isEmpty)
        #expect(throws: MediaFileError.finished) {
            try writer.append(MediaFileFrame(bytes: [1], timestamp: .zero), to: &output)
        }
    }

    @Test("times never stand still or go back, and begin at 0")
    func times() throws {
        let key: [UInt8] = [0x10, 0, 0, 0x9D, 0x01, 0x2A, 16, 0, 16, 0]
        var writer = try IVFWriter(codec: .vp8)
        let bytes = try writer.file(
            of: [5000, 5100, 5050, 5100, 5200].map { MediaFileFrame(bytes: key, timestamp: .milliseconds($0)) })
        var reader = IVFReader()
        let times = reader.frames(of: bytes).frames.map { $0.timestamp.microseconds }
        #expect(times == [0, 100_000, 100_011, 100_022, 200_000])
    }

    @Test("damaged bytes are read or refused, and a frame that is too large is not waited for")
    func damage() throws {
        let key: [UInt8] = [0x10, 0, 0, 0x9D, 0x01, 0x2A, 16, 0, 16, 0]
        var writer = try IVFWriter(codec: .vp8)
        let bytes = try writer.file(of: (0..<20).map { MediaFileFrame(bytes: key, timestamp: .milliseconds($0 * 40)) })
        var random = SeededGenerator(seed: 11)
        for _ in 0..<2000 {
            var reader = IVFReader(maximumFrameSize: 1 << 16)
            _ = reader.frames(of: damaged(bytes, using: &random), pieces: 100)
        }
        var large = bytes
        large[32 + 2] = 0xFF
        var reader = IVFReader(maximumFrameSize: 1000)
        #expect(
            reader.frames(of: large).error
                == .outOfRange(field: "the size of the frame at byte 32", value: 0xFF000A, allowed: 0...1000))
    }
}
