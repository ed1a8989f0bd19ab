import MediaFiles
import TestSupport
import Testing

@Suite("Pictures", .needsFFmpeg)
struct PictureTests {
    static let encoders: [(MediaFileCodec, String, String)] = [
        (.vp8, "a.ivf", "-c:v libvpx"), (.vp9, "a.ivf", "-c:v libvpx-vp9 -cpu-used 8 -deadline realtime"),
        (.vp9, "a.ivf", "-c:v libvpx-vp9 -cpu-used 8 -deadline realtime -pix_fmt yuv444p"),
        (.av1, "a.ivf", "-c:v libaom-av1 -cpu-used 8 -usage realtime -lag-in-frames 0"),
        (.h264, "a.h264", "-c:v libx264 -bf 0"), (.h264, "a.h264", "-c:v libx264 -bf 0 -pix_fmt yuv444p"),
        (.h264, "a.h264", "-c:v libx264 -bf 0 -pix_fmt yuv420p10le -x264-params cqm=jvt"),
        (.h264, "a.h264", "-c:v libx264 -bf 0 -flags +ilme+ildct"),
        (.h264, "a.h264", "-c:v libx264 -profile:v baseline"),
        (.h265, "a.hevc", "-c:v libx265 -x265-params log-level=none:bframes=0"),
        (.h265, "a.hevc", "-c:v libx265 -pix_fmt yuv422p10le -x265-params log-level=none:bframes=0"),
    ]

    @Test("the size of a picture is that which is shown", arguments: encoders, [(66, 52), (1280, 720), (320, 184)])
    func size(encoder: (MediaFileCodec, String, String), size: (width: Int, height: Int)) throws {
        let (codec, name, options) = encoder
        let folder = try TestFolder()
        let path = try FFmpeg.make(
            name, options + " -frames:v 2", size: "\(size.width)x\(size.height)", in: folder)
        let frames: [MediaFileFrame]
        if codec == .h264 || codec == .h265 {
            var reader = try AnnexBReader(codec: codec)
            frames = reader.frames(of: try folder.read(path)).frames
        } else {
            var reader = IVFReader()
            frames = reader.frames(of: try folder.read(path)).frames
        }
        let bytes = frames[0].bytes
        #expect(codec.isKeyFrame(bytes))
        #expect(
            PictureSize(keyFrame: bytes, codec: codec) == PictureSize(width: size.width, height: size.height))
        // A header that is cut off is none, and is not read beyond.
        for count in 0..<min(bytes.count, 100) {
            let size = PictureSize(keyFrame: Array(bytes[..<count]), codec: codec)
            #expect(size == nil || count > 8)
        }
    }

    @Test("what a file holds for the decoder is what ffmpeg's holds", arguments: Recording.all)
    func records(recording: Recording) throws {
        let folder = try TestFolder()
        let path = try recording.make(in: folder)
        var reader = MatroskaReader()
        let frames = reader.frames(of: try folder.read(path)).frames
        var writer = try MatroskaWriter(tracks: recording.tracks)
        var again = MatroskaReader()
        _ = again.frames(of: try writer.file(of: frames))
        let (ours, theirs) = (again.tracks.map(\.privateData), reader.tracks.map(\.privateData))
        switch recording.tracks[0].codec {
        case .h265:
            // Theirs says of sets that there may be more, and has what x265 says of itself in a SEI.
            #expect(ours[0].prefix(22) == theirs[0].prefix(22))
        default: #expect(ours[0] == theirs[0])
        }
        // ffmpeg's WAVEFORMATEX ends with a length, as ours.
        #expect(ours[1] == theirs[1])
    }

    @Test("what MP4 holds for the decoder of VP9 and AV1 is what ffmpeg's holds", arguments: ["vpcC", "av1C"])
    func boxes(type: String) throws {
        let folder = try TestFolder()
        let recording = type == "vpcC" ? Recording.vp9 : .av1
        let frames = try recording.frames(in: folder)
        var writer = try FragmentedMP4Writer(tracks: recording.tracks)
        let ours = try writer.file(of: frames)
        let path = folder.path("theirs.mp4")
        try FFmpeg.run(
            .ffmpeg, ["-v", "error", "-i", folder.path(recording.name), "-c", "copy", "-strict", "-2", path])
        func box(_ bytes: [UInt8]) throws -> [UInt8] {
            let place = try #require(bytes.indices.first { bytes[$0...].starts(with: type.utf8) })
            return Array(bytes[place..<place + Int(bytes[place - 1]) - 4])
        }
        #expect(try box(ours) == box(try folder.read(path)))
    }

    @Test("random bytes are no picture, or one of some size")
    func damage() {
        var random = SeededGenerator(seed: 41)
        for _ in 0..<5000 {
            let bytes: [UInt8] = (0..<Int.random(in: 0...80, using: &random)).map { _ in
                .random(in: 0...255, using: &random)
            }
            for codec in MediaFileCodec.allCases {
                let head: [UInt8] =
                    switch codec {
                    case .vp8: [0x10, 0, 0, 0x9D, 1, 0x2A]
                    case .vp9: [0x82, 0x49, 0x83, 0x42]
                    case .av1: [0x0A, UInt8(bytes.count)]
                    case .h264: [0, 0, 1, 0x67, 100, 0, 10]
                    case .h265: [0, 0, 1, 0x42, 1]
                    default: []
                    }
                if let size = PictureSize(keyFrame: head + bytes, codec: codec) {
                    #expect((1...65536).contains(size.width) && (1...65536).contains(size.height))
                }
                _ = codec.isKeyFrame(bytes)
            }
        }
    }
}
