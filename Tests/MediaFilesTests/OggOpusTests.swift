import TestSupport
import Testing

@testable import MediaFiles

@Suite("Opus in Ogg", .needsFFmpeg)
struct OggOpusTests {
    static let options = "-c:a libopus -b:a 64k"

    @Test("a file of ffmpeg's has the packets that ffprobe sees", arguments: [20, 60, 2.5] as [Double])
    func reading(milliseconds: Double) throws {
        let folder = try TestFolder()
        let path = try FFmpeg.make("a.opus", Self.options + " -frame_duration \(milliseconds)", in: folder)
        let expected = try FFmpeg.packets(of: path)
        for pieces in [10, 1 << 20] {
            var reader = OggOpusReader()
            let (frames, error) = reader.frames(of: try folder.read(path), pieces: pieces)
            #expect(error == nil)
            #expect(frames.map(\.packet) == expected && frames.count > 10)
            #expect(reader.head?.preSkip == (milliseconds < 10 ? 120 : 312) && reader.head?.channels == 1)
            #expect(reader.tags?.comments.first?.hasPrefix("encoder=") == true)
            // All of a second is heard, and no more.
            #expect(frames.last.map { $0.timestamp + ($0.duration ?? .zero) } == .seconds(1))
        }
    }

    @Test(
        "what is written is decoded to the same samples, whatever the length of its pages", arguments: [20, 100, 1000])
    func writing(milliseconds: Int) throws {
        let folder = try TestFolder()
        let path = try FFmpeg.make("a.opus", Self.options, seconds: 2.5, in: folder)
        var reader = OggOpusReader()
        let frames = reader.frames(of: try folder.read(path)).frames
        var writer = OggOpusWriter(
            head: OpusHead(channels: 1), tags: OpusTags(comments: ["TITLE=a tone"]),
            pageDuration: .milliseconds(milliseconds))
        let bytes = try writer.file(of: frames)
        let copy = try folder.write(bytes, to: "b.opus")
        #expect(try FFmpeg.decode(copy) == FFmpeg.decode(path))
        #expect(try FFmpeg.packets(of: copy) == FFmpeg.packets(of: path))
        #expect(try FFmpeg.value("format=duration", of: copy) == "2.506500")
        var again = OggOpusReader()
        #expect(again.frames(of: bytes).frames == frames)
        #expect(again.tags == OpusTags(comments: ["TITLE=a tone"]))
    }

    @Test("what is on disk is read up to the last whole page, wherever it ends")
    func cut() throws {
        let folder = try TestFolder()
        let path = try FFmpeg.make("a.opus", Self.options, in: folder)
        var reader = OggOpusReader()
        let frames = reader.frames(of: try folder.read(path)).frames
        var writer = OggOpusWriter(head: OpusHead(channels: 1), pageDuration: .milliseconds(100))
        let bytes = try writer.file(of: frames)
        var random = SeededGenerator(seed: 4)
        for round in 0..<40 {
            let prefix = Array(bytes[..<Int.random(in: 300...bytes.count, using: &random)])
            var reader = OggOpusReader()
            let read = reader.frames(of: prefix).frames
            #expect(read == Array(frames[..<read.count]) && (read.count % 5 == 0 || read.count == frames.count))
            guard round < 5, !read.isEmpty else { continue }
            let path = try folder.write(prefix, to: "cut.opus")
            #expect(try FFmpeg.decodedCount(of: path) >= read.count)
        }
    }

    @Test("where frames are missing a decoder conceals the loss, and what is behind is heard at its time")
    func gap() throws {
        let folder = try TestFolder()
        let path = try FFmpeg.make("a.opus", Self.options, seconds: 2, in: folder)
        var reader = OggOpusReader()
        let frames = reader.frames(of: try folder.read(path)).frames
        let kept = frames.enumerated().filter { !(20..<57).contains($0.offset) }.map(\.element)
        var writer = OggOpusWriter(head: OpusHead(channels: 1))
        let copy = try folder.write(try writer.file(of: kept), to: "b.opus")
        try FFmpeg.decode(copy)
        #expect(try FFmpeg.value("format=duration", of: copy) == "2.006500")
        var again = OggOpusReader()
        let read = again.frames(of: try folder.read(copy)).frames
        let times = Set(read.map(\.timestamp))
        #expect(kept.allSatisfy { times.contains($0.timestamp) })
        #expect(read.count == kept.count + 7, "37 packets become 6 of 120 ms and one of 20")
    }
}

@Suite("Opus in Ogg without a referee")
struct OggOpusFormatTests {
    /// Packets of 20 ms, CELT fullband, mono, which are told apart by their content.
    static func frames(_ count: Int, size: Int = 40) -> [MediaFileFrame] {
        (0..<count).map {
            MediaFileFrame(
                bytes: [0xF8] + [UInt8](repeating: UInt8(truncatingIfNeeded: $0), count: size - 1),
                timestamp: .milliseconds(20 * $0))
        }
    }

    @Test("packets of each length around the lacing's are the same again")
    func lacing() throws {
        for size in [1, 2, 254, 255, 256, 509, 510, 511, 765, 65, 61440] {
            let frames = Self.frames(8, size: size)
            var writer = OggOpusWriter(head: OpusHead(channels: 1, preSkip: 0))
            let bytes = try writer.file(of: frames)
            var reader = OggOpusReader()
            let read = reader.frames(of: bytes, pieces: 333).frames
            #expect(read.map(\.bytes) == frames.map(\.bytes), "\(size)")
            #expect(read.map(\.timestamp) == frames.map(\.timestamp))
            #expect(reader.skippedCount == 0)
        }
        // A page has room for 255 packets, which of 2.5 ms are less than it may last.
        let short = (0..<600).map {
            MediaFileFrame(bytes: [0xE0, UInt8($0 & 0xFF)], timestamp: .microseconds(2500 * $0))
        }
        var many = OggOpusWriter(head: OpusHead(channels: 1, preSkip: 0))
        var reader = OggOpusReader()
        let read = reader.frames(of: try many.file(of: short)).frames
        #expect(read.map(\.bytes) == short.map(\.bytes) && read.map(\.timestamp) == short.map(\.timestamp))
        #expect(reader.skippedCount == 0)
        var writer = OggOpusWriter()
        #expect(throws: MediaFileError.self) { try writer.file(of: Self.frames(1, size: 61441)) }
        #expect(throws: MediaFileError.self) { try writer.file(of: [MediaFileFrame(bytes: [], timestamp: .zero)]) }
    }

    @Test("comments that go over pages are the same again, and the audio behind them begins a page")
    func longTags() throws {
        let tags = OpusTags(comments: [String(repeating: "A=b", count: 60_000), "C=d"])
        var writer = OggOpusWriter(head: OpusHead(channels: 2), tags: tags)
        let bytes = try writer.file(of: Self.frames(3))
        var reader = OggOpusReader()
        #expect(reader.frames(of: bytes).frames.map(\.bytes) == Self.frames(3).map(\.bytes))
        #expect(reader.tags == tags)
    }

    @Test("a page that is damaged is left out, and times are right behind it")
    func damagedPages() throws {
        let frames = Self.frames(100)
        var writer = OggOpusWriter(head: OpusHead(channels: 1, preSkip: 0), pageDuration: .milliseconds(100))
        let bytes = try writer.file(of: frames)
        var random = SeededGenerator(seed: 5)
        for _ in 0..<100 {
            var bytes = bytes
            // Behind the headers.
            bytes[Int.random(in: 200..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            var reader = OggOpusReader()
            let (read, error) = reader.frames(of: bytes)
            #expect(error == nil && reader.skippedCount > 0)
            #expect(read.count == 95, "five packets are of the page")
            #expect(
                read.allSatisfy { frame in
                    frames.contains { $0.bytes == frame.bytes && $0.timestamp == frame.timestamp }
                })
        }
    }

    @Test("streams one behind the other are one behind the other in time, with rubbish between them")
    func chain() throws {
        var (one, two) = (
            OggOpusWriter(head: OpusHead(channels: 1, preSkip: 0), serial: 1),
            OggOpusWriter(head: OpusHead(channels: 2, preSkip: 312), serial: 2)
        )
        let bytes = try one.file(of: Self.frames(10)) + [1, 2, 3] + two.file(of: Self.frames(5))
        var reader = OggOpusReader()
        let read = reader.frames(of: bytes, pieces: 50).frames
        #expect(read.count == 15 && reader.linkCount == 2 && reader.head?.channels == 2 && reader.skippedCount == 3)
        #expect(read[9].timestamp == .milliseconds(180))
        #expect(read[10].timestamp == .milliseconds(200) - .microseconds(6500))
    }

    @Test("the header of RFC 7845 §5.1 is read and written, and one that breaks it is refused")
    func head() throws {
        let bytes: [UInt8] =
            Array("OpusHead".utf8) + [1, 6, 0x38, 1, 0x80, 0xBB, 0, 0, 0xFF, 0xFF, 1, 4, 2, 0, 4, 1, 2, 3, 5]
        let head = try OpusHead(parsing: bytes)
        #expect(head.channels == 6 && head.preSkip == 312 && head.outputGain == -1 && head.streamCount == 4)
        #expect(head.bytes == bytes)
        for (place, value) in [(0, 0), (8, 0x10), (9, 0), (19, 0), (20, 5), (21, 6), (18, 0)] {
            var bytes = bytes
            bytes[place] = UInt8(value)
            #expect(throws: MediaFileError.self, "\(place)") { try OpusHead(parsing: bytes) }
        }
        for count in 0..<bytes.count {
            #expect(throws: MediaFileError.self) { try OpusHead(parsing: Array(bytes[..<count])) }
        }
        #expect(throws: MediaFileError.self) { try OpusTags(parsing: Array("OpusTags".utf8) + [255, 255, 255, 255]) }
    }

    @Test("the checksum of a page is that of RFC 3533 §6")
    func checksum() throws {
        // The first page of a file of libopusenc's kind: computed by ffmpeg's muxer.
        let page: [UInt8] = [
            0x4F, 0x67, 0x67, 0x53, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0x23, 0x58, 0x06, 0xC5, 0, 0, 0, 0, 0x16, 0xD8, 0x34,
            0x19, 1, 0x13, 0x4F, 0x70, 0x75, 0x73, 0x48, 0x65, 0x61, 0x64, 1, 1, 0x38, 1, 0x80, 0xBB, 0, 0, 0, 0, 0,
        ]
        var writer = OggOpusWriter(head: OpusHead(channels: 1), serial: 0xC506_5823)
        #expect(Array(try writer.file(of: Self.frames(1)).prefix(page.count)) == page)
    }

    @Test("signatures within each other cost no more than their bytes, and a page behind them is found")
    func signatures() throws {
        // Each is the beginning of a page of 65 KB, as far as that goes.
        let signature: [UInt8] = Array("OggS".utf8) + [0, 255, 255, 255]
        let bytes = [[UInt8]](repeating: signature, count: 50_000).flatMap { $0 }
        var writer = OggOpusWriter(head: OpusHead(channels: 1))
        let file = try writer.file(of: Self.frames(10))
        var reader = OggOpusReader()
        #expect(reader.frames(of: bytes + file, pieces: 5000).frames.count == 10)
        #expect(reader.skippedCount == bytes.count)
        var pages = OggPageReader()
        var found = 0
        for start in stride(from: 0, to: bytes.count, by: 8000) {
            try pages.push(bytes.span.extracting(start..<start + 8000))
            while pages.next() != nil { found += 1 }
        }
        #expect(found == 0 && pages.summedCount <= 16 * bytes.count && pages.summedCount > bytes.count)
    }

    @Test("damaged bytes are read or refused")
    func damage() throws {
        var writer = OggOpusWriter(head: OpusHead(channels: 1), pageDuration: .milliseconds(100))
        let bytes = try writer.file(of: Self.frames(50))
        var random = SeededGenerator(seed: 13)
        for _ in 0..<1000 {
            var reader = OggOpusReader()
            let read = reader.frames(of: damaged(bytes, using: &random), pieces: 500).frames
            #expect(read.count <= 50)
        }
    }
}
