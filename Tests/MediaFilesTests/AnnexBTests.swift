import MediaFiles
import TestSupport
import Testing

@Suite("Annex B", .needsFFmpeg)
struct AnnexBTests {
    static let encoders: [(MediaFileCodec, String, String)] = [
        (.h264, "a.h264", "-c:v libx264 -g 10 -bf 0 -x264-params slices=3"),
        (.h264, "a.h264", "-c:v libx264 -g 10 -bf 0 -x264-params aud=1"),
        (.h265, "a.hevc", "-c:v libx265 -g 10 -bf 0 -x265-params log-level=none:bframes=0:slices=2:keyint=10"),
        (.h265, "a.hevc", "-c:v libx265 -bf 0 -x265-params log-level=none:bframes=0:aud=1:keyint=10:repeat-headers=1"),
    ]

    @Test("a stream is cut into the access units that ffprobe sees", arguments: encoders)
    func reading(codec: MediaFileCodec, name: String, options: String) throws {
        let folder = try TestFolder()
        let path = try FFmpeg.make(name, options, in: folder)
        let bytes = try folder.read(path)
        let expected = try FFmpeg.packets(of: path)
        for pieces in [1, 7, 1000, 1 << 20] {
            var reader = try AnnexBReader(codec: codec)
            let (frames, error) = reader.frames(of: bytes, pieces: pieces)
            #expect(error == nil)
            #expect(frames.count == 25 && frames.map(\.isKeyFrame) == expected.map(\.isKey))
            // ffprobe counts the first zero of the second frame of H.265 to the first.
            #expect(zip(frames, expected).allSatisfy { abs($0.bytes.count - $1.size) <= (codec == .h265 ? 1 : 0) })
            #expect(frames.flatMap(\.bytes) == bytes)
            #expect(frames.map(\.timestamp) == (0..<25).map { .milliseconds(40 * $0) })
            #expect(frames.filter(\.isKeyFrame).count >= 3)
            #expect(PictureSize(keyFrame: frames[0].bytes, codec: codec) == PictureSize(width: 176, height: 144))
        }
    }

    @Test("what is written is decoded to the same pictures, from any key frame on", arguments: encoders)
    func writing(codec: MediaFileCodec, name: String, options: String) throws {
        let folder = try TestFolder()
        let path = try FFmpeg.make(name, options, in: folder)
        var reader = try AnnexBReader(codec: codec)
        let frames = reader.frames(of: try folder.read(path)).frames
        for addsDelimiters in [false, true] {
            var writer = try AnnexBWriter(codec: codec, addsDelimiters: addsDelimiters)
            let copy = try folder.write(try writer.file(of: frames), to: "b." + name)
            #expect(try FFmpeg.decode(copy) == FFmpeg.decode(path))
            #expect(try FFmpeg.decodedCount(of: copy) == 25)
            var again = try AnnexBReader(codec: codec)
            #expect(again.frames(of: try folder.read(copy)).frames.count == 25)
        }
        // Frames before the first key frame are left out.
        var writer = try AnnexBWriter(codec: codec)
        let late = try folder.write(try writer.file(of: Array(frames[3...])), to: "late." + name)
        let isKey = frames.map(\.isKeyFrame)
        let rest = 25 - (isKey[3...].firstIndex(of: true) ?? 25)
        #expect(try FFmpeg.decodedCount(of: late) == rest)
    }

    @Test("a key frame without parameter sets gets those that were seen last")
    func parameterSets() throws {
        var writer = try AnnexBWriter(codec: .h264)
        let sets: [UInt8] = [0, 0, 0, 1, 0x67, 66, 0, 30, 0x80, 0, 0, 0, 1, 0x68, 0xC0]
        let key: [UInt8] = [0, 0, 1, 0x65, 0x88]
        let bytes = try writer.file(of: [
            MediaFileFrame(bytes: sets + key, timestamp: .zero),
            MediaFileFrame(bytes: [0, 0, 1, 0x41, 0x9A], timestamp: .zero, isKeyFrame: false),
            MediaFileFrame(bytes: key, timestamp: .zero),
            MediaFileFrame(bytes: [0, 0, 0, 1, 9, 0x10] + key, timestamp: .zero),
        ])
        #expect(
            bytes == sets + key + [0, 0, 1, 0x41, 0x9A] + sets + key + [0, 0, 0, 1, 9, 0x10] + sets + key)
        var output = MediaFileOutput()
        #expect(throws: MediaFileError.self) {
            try writer.append(MediaFileFrame(bytes: [1, 2, 3], timestamp: .zero), to: &output)
        }
    }

    @Test("pictures are told apart by their first slice, where there is nothing else between them")
    func firstSlices() throws {
        let units: [[UInt8]] = [
            [0xFF, 0, 0, 0, 1, 0x65, 0x88, 7], [0, 0, 1, 0x65, 0x40, 7], [0, 0, 0, 1, 0x41, 0x9A],
            [0, 0, 1, 0x41, 0x40],
            [0, 0, 0, 1, 6, 1, 2, 0x80], [0, 0, 1, 0x41, 0x9A, 0],
        ]
        var reader = try AnnexBReader(codec: .h264)
        let frames = reader.frames(of: units.flatMap { $0 }, pieces: 1).frames
        #expect(
            frames.map(\.bytes) == [Array(units[0].dropFirst()) + units[1], units[2] + units[3], units[4] + units[5]])
        #expect(frames.map(\.isKeyFrame) == [true, false, false])
    }

    @Test("damaged bytes are read or refused, and without an end no more is kept than allowed", arguments: [0, 2])
    func damage(encoder: Int) throws {
        let folder = try TestFolder()
        let (codec, name, options) = Self.encoders[encoder]
        let bytes = Array(try folder.read(try FFmpeg.make(name, options, in: folder)).prefix(20_000))
        var random = SeededGenerator(seed: 12)
        for _ in 0..<200 {
            let damaged = damaged(bytes, using: &random)
            var reader = try AnnexBReader(codec: codec, maximumFrameSize: 1 << 16)
            for frame in reader.frames(of: damaged, pieces: 3000).frames {
                _ = PictureSize(keyFrame: frame.bytes, codec: codec)
            }
        }
        var reader = try AnnexBReader(codec: .h264, maximumFrameSize: 1000)
        let endless = [0, 0, 1, 0x65, 0x88] + [UInt8](repeating: 7, count: 5000)
        #expect(
            reader.frames(of: endless, pieces: 100).error.map { "\($0)".hasPrefix("the access unit at byte 0 is ") }
                == true)
    }
}
