import MediaFiles
import TestSupport
import Testing

@Suite("Matroska", .needsFFmpeg)
struct MatroskaTests {
    @Test("a file of ffmpeg's has the frames that ffprobe sees", arguments: Recording.all, [false, true])
    func reading(recording: Recording, live: Bool) throws {
        let folder = try TestFolder()
        let path = try recording.make(live: live, in: folder)
        for pieces in [50, 1 << 20] {
            var reader = MatroskaReader()
            let (frames, error) = reader.frames(of: try folder.read(path), pieces: pieces)
            #expect(error == nil)
            #expect(reader.tracks.map(\.codec) == recording.tracks.map(\.codec))
            #expect(reader.tracks[0].size == PictureSize(width: 176, height: 144))
            #expect(reader.tracks[1].channels == recording.tracks[1].channels)
            #expect(live == (reader.duration == nil))
            for track in 0..<2 {
                let expected = try FFmpeg.packets(of: path, stream: "\(track)")
                let packets = frames.of(track).map(\.packet)
                #expect(packets.count == expected.count && packets.count >= 25)
                // ffprobe rounds what a decoder is late to milliseconds.
                #expect(zip(packets, expected).allSatisfy { abs($0.timestamp - $1.timestamp) <= 500 })
                #expect(packets.map(\.isKey) == expected.map(\.isKey))
                switch reader.tracks[track].codec {
                // Ours have start codes and parameter sets.
                case .h264, .h265: #expect(zip(packets, expected).allSatisfy { $0.size >= $1.size })
                // Ours have a delimiter.
                case .av1: #expect(packets.map(\.size) == expected.map { $0.size + 2 })
                default: #expect(packets.map(\.size) == expected.map(\.size))
                }
            }
        }
    }

    @Test("H.264 and H.265 are read with start codes, which a decoder takes", arguments: [Recording.h264, .h265])
    func startCodes(recording: Recording) throws {
        let folder = try TestFolder()
        let path = try recording.make(in: folder)
        var reader = MatroskaReader()
        let video = reader.frames(of: try folder.read(path)).frames.of(0)
        var writer = try AnnexBWriter(codec: recording.tracks[0].codec)
        let stream = try folder.write(
            try writer.file(of: video), to: recording.tracks[0].codec == .h264 ? "a.h264" : "a.hevc")
        #expect(try FFmpeg.decode(stream) == FFmpeg.decode(path))
    }

    @Test(
        "what is written is decoded to the same pictures and samples, finished or not", arguments: Recording.all,
        [true, false])
    func writing(recording: Recording, isFinished: Bool) throws {
        let folder = try TestFolder()
        let frames = try recording.frames(seconds: 3, in: folder)
        let path = folder.path(recording.name)
        var writer = try MatroskaWriter(tracks: recording.tracks)
        let bytes = try writer.file(of: frames, isFinished: isFinished)
        let copy = try folder.write(bytes, to: "copy-" + recording.name)
        for track in 0..<2 {
            var expected = try FFmpeg.packets(of: path, stream: "\(track)")
            let packets = try FFmpeg.packets(of: copy, stream: "\(track)")
            if !isFinished {
                // The last half second may still wait for the other track.
                #expect(packets.count >= expected.count - 25)
                expected.removeLast(expected.count - packets.count)
            }
            #expect(packets.map(\.isKey) == expected.map(\.isKey))
            #expect(zip(packets, expected).allSatisfy { abs($0.timestamp - $1.timestamp) <= 1001 })
            let decoded = try FFmpeg.decode(copy, stream: "\(track)")
            if isFinished {
                #expect(decoded == (try FFmpeg.decode(path, stream: "\(track)")), "track \(track)")
            }
        }
        guard isFinished else { return }
        let duration = Double(try FFmpeg.value("format=duration", of: copy)) ?? 0
        #expect(abs(duration - 3) < 0.05)
        #expect(try FFmpeg.value("format=format_name", of: copy) == "\"matroska,webm\"")
        var reader = MatroskaReader()
        let (again, error) = reader.frames(of: bytes)
        #expect(error == nil && again.count == frames.count)
        for track in 0..<2 { #expect(again.of(track).map(\.bytes) == frames.of(track).map(\.bytes)) }
        #expect(zip(again, again.dropFirst()).allSatisfy { $1.timestamp - $0.timestamp > .milliseconds(-10) })
    }

    @Test("the end's Cues let a player begin in the middle")
    func seeking() throws {
        let folder = try TestFolder()
        let frames = try Recording.vp8.frames(seconds: 4, in: folder)
        var writer = try MatroskaWriter(tracks: Recording.vp8.tracks)
        let copy = try folder.write(try writer.file(of: frames), to: "copy.webm")
        let text = try FFmpeg.run(
            .ffprobe,
            [
                "-v", "error", "-read_intervals", "2.5%+#1", "-select_streams", "v", "-show_entries", "packet=pts_time",
                "-of", "csv=p=0", copy,
            ])
        let time = try #require(Double(text.split(separator: "\n")[0].split(separator: ",")[0]))
        #expect(time > 2 && time <= 2.5)
    }

    @Test("what is on disk plays up to its end, wherever that is", arguments: Recording.all)
    func cut(recording: Recording) throws {
        let folder = try TestFolder()
        let frames = try recording.frames(in: folder)
        var writer = try MatroskaWriter(tracks: recording.tracks)
        let bytes = try writer.file(of: frames, isFinished: false)
        var random = SeededGenerator(seed: 21)
        var last = 0
        for cut in (0..<8).map({ _ in Int.random(in: 1500...bytes.count, using: &random) }).sorted() {
            let prefix = Array(bytes[..<cut])
            var reader = MatroskaReader()
            let (read, error) = reader.frames(of: prefix)
            #expect(error == nil && read.count >= last)
            last = read.count
            #expect(read.of(0).map(\.bytes) == frames.of(0).prefix(read.of(0).count).map(\.bytes))
            guard !read.of(0).isEmpty else { continue }
            let decoded = try FFmpeg.decodedCount(of: try folder.write(prefix, to: "cut.mkv"))
            #expect(decoded >= read.of(0).count && decoded <= read.of(0).count + 1)
        }
        #expect(last > 20)
    }

    @Test("lacing of all kinds is read (RFC 9559 §10.3)")
    func lacing() throws {
        let folder = try TestFolder()
        // ffmpeg writes none: by hand, into a file of its header.
        var writer = try MatroskaWriter(tracks: [.audio(.opus, preSkip: 0)])
        let packets: [[UInt8]] = [[0xF8, 1], [0xF8] + [UInt8](repeating: 2, count: 299), [0xF8, 3, 3]]
        let head = try writer.file(of: [MediaFileFrame(bytes: [0xF8, 0], timestamp: .zero)], isFinished: false)
        let sizes: [(UInt8, [UInt8])] = [
            (0x02, [2, 2, 255, 45]), (0x06, [2, 0x82, 0x61, 0x29]),
        ]
        for (flags, lacing) in sizes {
            let content: [UInt8] = [0x81, 0, 100, flags | 0x80] + lacing + packets.flatMap { $0 }
            let bytes = head + [0xA3, 0x40 | UInt8(content.count >> 8), UInt8(content.count & 0xFF)] + content
            var reader = MatroskaReader()
            let (frames, error) = reader.frames(of: bytes)
            #expect(error == nil && frames.dropFirst().map(\.bytes) == packets)
            #expect(frames.map(\.timestamp) == [0, 100, 120, 140].map { .milliseconds($0) })
            #expect(
                try FFmpeg.packets(of: try folder.write(bytes, to: "laced.webm")).map(\.size)
                    == frames.map(\.bytes.count))
        }
        let fixed: [UInt8] = [0xA3, 0x8B, 0x81, 0, 100, 0x84, 2, 0xF8, 1, 0xF8, 2, 0xF8, 3]
        var reader = MatroskaReader()
        #expect(
            reader.frames(of: head + fixed).frames.dropFirst().map(\.bytes) == [[0xF8, 1], [0xF8, 2], [0xF8, 3]])
    }
}

@Suite("Matroska without a referee")
struct MatroskaFormatTests {
    static let key: [UInt8] = [0x10, 0, 0, 0x9D, 0x01, 0x2A, 16, 0, 16, 0]

    static func video(_ milliseconds: Int, isKey: Bool = false) -> MediaFileFrame {
        MediaFileFrame(
            bytes: isKey ? key : [0x11, 0, 0], timestamp: .milliseconds(milliseconds), isKeyFrame: isKey)
    }

    static func audio(_ milliseconds: Int) -> MediaFileFrame {
        MediaFileFrame(bytes: [0xF8, 1, 2], timestamp: .milliseconds(milliseconds), track: 1)
    }

    static let tracks: [MediaFileTrack] = [.video(.vp8), .audio(.opus, preSkip: 0)]

    static func read(_ bytes: [UInt8]) -> [MediaFileFrame] {
        var reader = MatroskaReader()
        return reader.frames(of: bytes).frames
    }

    @Test("codecs that WebM has no place for are refused, and make it Matroska if nothing is said")
    func codecs() throws {
        #expect(throws: MediaFileError.codec(.h264, format: "WebM", allowed: [.vp8, .vp9, .av1, .opus])) {
            try MatroskaWriter(tracks: [.video(.h264)], format: .webM)
        }
        #expect(throws: MediaFileError.self) { try MatroskaWriter(tracks: []) }
        var writer = try MatroskaWriter(tracks: [.audio(.pcmu)])
        let bytes = try writer.file(of: [MediaFileFrame(bytes: [1, 2], timestamp: .zero)])
        var reader = MatroskaReader()
        #expect(reader.frames(of: bytes).frames.map(\.duration) == [.microseconds(250)])
        #expect(reader.documentType == "matroska" && reader.tracks[0].sampleRate == 8000)
    }

    @Test("frames that come out of order between tracks are put in order, and begin at 0")
    func order() throws {
        var writer = try MatroskaWriter(tracks: Self.tracks)
        let bytes = try writer.file(of: [
            Self.video(10_000, isKey: true), Self.video(10_040), Self.video(10_080), Self.audio(10_010),
            Self.audio(10_030), Self.video(10_120), Self.audio(10_050), Self.audio(10_070),
        ])
        let read = Self.read(bytes)
        #expect(read.map { $0.timestamp.microseconds / 1000 } == [0, 10, 30, 40, 50, 70, 80, 120])
        #expect(read.map(\.track) == [0, 1, 1, 0, 1, 1, 0, 0])
    }

    @Test("a track that is silent holds up the others for half a second, and no longer")
    func window() throws {
        var writer = try MatroskaWriter(tracks: Self.tracks)
        let video = (0..<50).map { Self.video($0 * 40, isKey: $0 == 0) }
        let bytes = try writer.file(of: [Self.audio(0)] + video, isFinished: false)
        // Up to 1.46 s of 1.96 s.
        #expect(Self.read(bytes).of(0).count == 37)
    }

    @Test("times never go back within a track")
    func monotony() throws {
        var writer = try MatroskaWriter(tracks: Self.tracks)
        let times = [0, 40, 30, 80, 20, 120, 5000, 4990, 200]
        let bytes = try writer.file(of: times.map { Self.video($0, isKey: $0 == 0) })
        #expect(
            Self.read(bytes).map { $0.timestamp.microseconds / 1000 } == [0, 40, 40, 80, 80, 120, 5000, 5000, 5000])
    }

    @Test("a cluster begins with each key frame, and after 2 s or 5 MiB")
    func clusters() throws {
        func clusters(_ frames: [MediaFileFrame]) throws -> Int {
            var writer = try MatroskaWriter(tracks: [.video(.vp8)])
            let bytes = try writer.file(of: frames)
            return bytes.count(of: [0x1F, 0x43, 0xB6, 0x75])
        }
        #expect(try clusters((0..<100).map { Self.video($0 * 10, isKey: $0 % 25 == 0) }) == 4)
        #expect(try clusters((0..<101).map { Self.video($0 * 100, isKey: $0 == 0) }) == 6)
        let large = MediaFileFrame(
            bytes: [0x11] + [UInt8](repeating: 7, count: 2 << 20), timestamp: .milliseconds(10), isKeyFrame: false)
        #expect(try clusters([Self.video(0, isKey: true)] + Array(repeating: large, count: 6)) == 2)
    }

    @Test("frames before the first key frame are left out; a track without one is left out after 5 s")
    func patience() throws {
        var writer = try MatroskaWriter(tracks: Self.tracks)
        var output = MediaFileOutput()
        try writer.append(Self.video(0), to: &output)
        for index in 0..<249 { try writer.append(Self.audio(index * 20), to: &output) }
        #expect(output.isEmpty)
        for index in 249..<300 { try writer.append(Self.audio(index * 20), to: &output) }
        #expect(Self.read(output.bytes).count > 250)
        try writer.append(Self.video(6000), to: &output)
        #expect(throws: MediaFileError.leftOut(track: 0)) {
            try writer.append(Self.video(6040, isKey: true), to: &output)
        }
        #expect(!writer.canBegin(with: Self.audio(0)) && writer.canBegin(with: Self.video(0, isKey: true)))
    }

    @Test("damaged bytes are read or refused")
    func damage() throws {
        var writer = try MatroskaWriter(tracks: Self.tracks)
        let bytes = try writer.file(
            of: (0..<50).flatMap { [Self.video($0 * 40, isKey: $0 % 10 == 0), Self.audio($0 * 40)] })
        var random = SeededGenerator(seed: 22)
        for _ in 0..<1000 {
            var reader = MatroskaReader(maximumFrameSize: 1 << 16)
            _ = reader.frames(of: damaged(bytes, using: &random), pieces: 1000)
        }
        var reader = MatroskaReader(maximumFrameSize: 1000)
        let large = bytes + [0xA3, 0x10, 0xFF, 0xFF, 0xFF]
        #expect(reader.frames(of: large).error != nil)
        var other = MatroskaReader()
        #expect(other.frames(of: [0x1F, 0x43, 0xB6, 0x75, 0x81, 0]).error != nil)
    }
}
