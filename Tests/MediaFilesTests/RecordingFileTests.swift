import Glibc
import TestSupport
import Testing

@testable import MediaFiles

@Suite("A recording")
struct RecordingFileTests {
    static func frame(_ index: Int, isKey: Bool, size: UInt8 = 16) -> MediaFileFrame {
        MediaFileFrame(
            bytes: isKey
                ? [0x10, 0, 0, 0x9D, 0x01, 0x2A, size, 0, size, 0, UInt8(index)] : [0x11, 0, 0, UInt8(index)],
            timestamp: .milliseconds(40 * index), isKeyFrame: isKey)
    }

    static func frames(of path: String) throws -> [MediaFileFrame] {
        let source = try MediaFileSource(path: path, reader: MatroskaReader())
        var frames: [MediaFileFrame] = []
        while let frame = try source.next() { frames.append(frame) }
        return frames
    }

    @Test("frames are on disk at once, and the end is written in front")
    func writing() throws {
        let folder = try TestFolder()
        let recording = try RecordingFile(
            path: folder.path("a.webm"), writer: try MatroskaWriter(tracks: [.video(.vp8)]))
        for index in 0..<10 {
            try recording.append(Self.frame(index, isKey: index == 0))
            #expect(try Self.frames(of: recording.path).count == index + 1)
        }
        try recording.synchronize()
        try recording.finish()
        #expect(throws: FileError.format(.finished, path: recording.path)) {
            try recording.append(Self.frame(11, isKey: true))
        }
        let source = try MediaFileSource(path: recording.path, reader: MatroskaReader())
        while try source.next() != nil {}
        #expect(source.reader.duration == .milliseconds(360))
        #expect(try folder.read(recording.path).count == recording.size && recording.fileCount == 1)
    }

    @Test("it goes on in another file at a key frame, and no frame is lost or twice", arguments: [true, false])
    func rotation(byTime: Bool) throws {
        let folder = try TestFolder()
        _ = try folder.write([1, 2, 3], to: "a-0002.webm")
        let limits = byTime ? RecordingLimits(duration: .seconds(1)) : RecordingLimits(size: 600)
        let recording = try RecordingFile(
            path: folder.path("a.webm"), writer: try MatroskaWriter(tracks: [.video(.vp8)]), limits: limits)
        var paths: [String] = []
        for index in 0..<100 {
            if let path = try recording.append(Self.frame(index, isKey: index % 10 == 0)) { paths.append(path) }
        }
        try recording.finish()
        paths.append(recording.path)
        #expect(paths.count == recording.fileCount && paths.count >= 3)
        #expect(paths[0].hasSuffix("/a-0001.webm") && paths[1].hasSuffix("/a-0003.webm"), "2 was taken")
        #expect(try folder.read(folder.path("a-0002.webm")) == [1, 2, 3])
        let all = try paths.map { try Self.frames(of: $0) }
        #expect(all.allSatisfy { $0[0].isKeyFrame && $0[0].timestamp == .zero })
        #expect(all.flatMap { $0 }.map(\.bytes) == (0..<100).map { Self.frame($0, isKey: $0 % 10 == 0).bytes })
        if byTime { #expect(all.map(\.count) == [30, 30, 30, 10]) }
    }

    @Test("a frame that needs another description begins another file")
    func formatChange() throws {
        let folder = try TestFolder()
        let sets: [UInt8] = [
            0, 0, 0, 1, 0x67, 0x42, 0xC0, 0x0A, 0xF5, 0xE0, 0x80, 0, 0, 0, 1, 0x68, 0xCE, 0x3C, 0x80, 0, 0, 0, 1, 0x65,
        ]
        var other = sets
        other[6] = 0x80
        let recording = try RecordingFile(
            path: folder.path("a.mkv"), writer: try MatroskaWriter(tracks: [.video(.h264)]))
        try recording.append(MediaFileFrame(bytes: sets + [0x88, 1], timestamp: .zero))
        let finished = try recording.append(MediaFileFrame(bytes: other + [0x88, 2], timestamp: .seconds(1)))
        try recording.finish()
        #expect(finished == folder.path("a.mkv") && recording.path == folder.path("a-0002.mkv"))
        #expect(try Self.frames(of: folder.path("a.mkv")).map(\.bytes) == [sets + [0x88, 1]])
        #expect(try Self.frames(of: recording.path).map(\.bytes) == [other + [0x88, 2]])
        var options = MatroskaWriter.Options()
        options.allowsFormatChange = true
        var writer = try MatroskaWriter(tracks: [.video(.h264)], options: options)
        #expect(writer.awaitedTracks == [0])
        // The first again is told again.
        let frames = [sets + [0x88, 1], other + [0x88, 2], sets + [0x88, 3]]
        let bytes = try writer.file(of: frames.map { MediaFileFrame(bytes: $0, timestamp: .zero) })
        #expect(writer.awaitedTracks == [])
        var reader = MatroskaReader()
        #expect(reader.frames(of: bytes).frames.map(\.bytes) == frames)
        // A frame that cannot be written is refused, and others follow.
        #expect(throws: FileError.self) { try recording.append(MediaFileFrame(bytes: [], timestamp: .zero)) }
    }

    @Test("it goes on in another file that another writer writes, and files after that are of it, too")
    func change() throws {
        let folder = try TestFolder()
        let recording = try RecordingFile(
            path: folder.path("a.webm"), writer: try MatroskaWriter(tracks: [.video(.vp8)]))
        try recording.append(Self.frame(0, isKey: true))
        let finished = try recording.change(to: try MatroskaWriter(tracks: [.video(.vp8), .audio(.opus)]))
        try recording.append(MediaFileFrame(bytes: [0xFC, 1, 2], timestamp: .milliseconds(40), track: 1))
        try recording.append(Self.frame(1, isKey: true))
        try recording.finish()
        #expect(finished == folder.path("a.webm") && recording.path == folder.path("a-0002.webm"))
        #expect(try Self.frames(of: folder.path("a.webm")).count == 1)
        #expect(try Self.frames(of: recording.path).map(\.track).sorted() == [0, 1])
        #expect(throws: FileError.format(.finished, path: recording.path)) {
            try recording.change(to: try MatroskaWriter(tracks: [.video(.vp8)]))
        }
    }

    @Test("a frame that needs another description is refused where no other file may begin, and the file goes on")
    func refusedChange() throws {
        let folder = try TestFolder()
        func key(_ level: UInt8) -> MediaFileFrame {
            let sets: [UInt8] = [0, 0, 1, 0x67, 0x42, 0xC0, level, 0xF5, 0xE0, 0x80, 0, 0, 1, 0x68, 0xCE, 0x3C, 0x80]
            return MediaFileFrame(bytes: sets + [0, 0, 1, 0x65, 0x88, 1], timestamp: .zero)
        }
        let recording = try RecordingFile(
            path: folder.path("a.mkv"), writer: try MatroskaWriter(tracks: [.video(.h264)]))
        try recording.append(key(10))
        #expect(throws: FileError.format(.formatChanged(track: 0), path: recording.path)) {
            try recording.append(key(11), beginsAnother: false)
        }
        try recording.append(key(10), beginsAnother: false)
        try recording.finish()
        #expect(recording.fileCount == 1)
        #expect(try Self.frames(of: recording.path).count == 2)
    }

    @Test("where another file cannot be made for other tracks, what follows is still of the former ones")
    func failedChange() throws {
        var (files, isFull) = ([FlakyFile](), false)
        let recording = try RecordingFile(
            path: "a.webm", writer: try MatroskaWriter(tracks: [.video(.vp8)]), limits: .none, replaces: false
        ) { path, _ throws(FileError) in
            if isFull { throw .system(operation: .open, path: path, errno: ENOSPC) }
            files.append(FlakyFile())
            files[files.count - 1].room = 1 << 20
            return files[files.count - 1]
        }
        try recording.append(Self.frame(0, isKey: true))
        isFull = true
        let other = try MatroskaWriter(tracks: [.audio(.opus), .video(.vp8)])
        #expect(throws: FileError.self) { try recording.change(to: other) }
        isFull = false
        try recording.append(Self.frame(1, isKey: true))
        try recording.finish()
        var reader = MatroskaReader()
        let frames = reader.frames(of: try #require(files.last).bytes).frames
        #expect(files.count == 2 && reader.tracks.map(\.codec) == [.vp8] && frames.count == 1)
    }

    @Test("what is there already is not replaced unless that is asked for, and errors say path and reason")
    func errors() throws {
        let folder = try TestFolder()
        let path = try folder.write([1, 2, 3], to: "a.ivf")
        let writer = try IVFWriter(codec: .vp8)
        #expect(throws: FileError.system(operation: .open, path: path, errno: EEXIST)) {
            try RecordingFile(path: path, writer: writer)
        }
        let recording = try RecordingFile(path: path, writer: writer, replaces: true)
        try recording.append(Self.frame(0, isKey: true))
        try recording.finish()
        #expect(try folder.read(path).starts(with: "DKIF".utf8))
        let nowhere = folder.path("nowhere/a.ivf")
        let error = try #require(throws: FileError.self) { try RecordingFile(path: nowhere, writer: writer) }
        #expect(error.description == "cannot open \(nowhere): No such file or directory (errno 2)")
        #expect(throws: FileError.system(operation: .open, path: nowhere, errno: ENOENT)) {
            try MediaFileSource(path: nowhere, reader: IVFReader())
        }
        let wrong = try MediaFileSource(
            path: try folder.write([UInt8](repeating: 9, count: 99), to: "b"), reader: IVFReader())
        #expect(throws: FileError.self) { try wrong.next() }
    }

    @Test("a device that is full says so")
    func fullDevice() throws {
        let recording = try RecordingFile(
            path: "/dev/full", writer: try IVFWriter(codec: .vp8), replaces: true)
        try recording.append(Self.frame(0, isKey: true))
        #expect(recording.isHolding)
        let error = try #require(throws: FileError.self) { try recording.append(Self.frame(1, isKey: false)) }
        #expect(error == .system(operation: .write, path: "/dev/full", errno: ENOSPC) && error.isOutOfSpace)
        #expect(throws: FileError.self) { try recording.finish() }
    }

    @Test("a full disk that gets room again costs no frame, wherever it was full", arguments: 0..<40)
    func fullDisk(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var files: [FlakyFile] = []
        let recording = try RecordingFile(
            path: "a.webm", writer: try MatroskaWriter(tracks: [.video(.vp8)]),
            limits: RecordingLimits(duration: .seconds(1)), replaces: false
        ) { _, _ in
            files.append(FlakyFile())
            return files[files.count - 1]
        }
        var refused = 0
        for index in 0..<100 {
            files[files.count - 1].room = .random(in: 0...100, using: &random)
            while true {
                do {
                    try recording.append(Self.frame(index, isKey: index % 10 == 0))
                    break
                } catch {
                    #expect(error.isOutOfSpace)
                    refused += 1
                    // What is on disk plays meanwhile.
                    var reader = MatroskaReader()
                    #expect(reader.frames(of: files[files.count - 1].bytes).error == nil)
                    files[files.count - 1].room += .random(in: 0...50, using: &random)
                }
            }
        }
        files[files.count - 1].room = 0
        #expect(throws: FileError.self) { try recording.finish() }
        files[files.count - 1].room = 1 << 20
        try recording.finish()
        #expect(refused > 10 && files.allSatisfy(\.isClosed))
        let read = files.flatMap { file in
            var reader = MatroskaReader()
            return reader.frames(of: file.bytes).frames
        }
        #expect(read.map(\.bytes) == (0..<100).map { Self.frame($0, isKey: $0 % 10 == 0).bytes })
    }

    @Test(
        "numbers stand in front of the extension",
        arguments: [
            ("a.webm", "a-0002.webm"), ("/b.c/a", "/b.c/a-0002"), ("/b/.a", "/b/.a-0002"),
            ("a.tar.gz", "a.tar-0002.gz"),
        ])
    func names(path: String, numbered: String) {
        #expect(RecordingFile<IVFWriter>.numbered(path, 2) == numbered)
        #expect(RecordingFile<IVFWriter>.numbered("a", 12345) == "a-12345")
    }
}

/// A file in memory, on a disk with little room.
private final class FlakyFile: StoredFile {
    var bytes: [UInt8] = []
    var room = 0
    var isClosed = false

    func append(_ new: [UInt8], from start: Int) -> (count: Int, errno: Int32) {
        let count = min(room, new.count - start)
        bytes += new[start..<start + count]
        room -= count
        return (count, start + count < new.count ? ENOSPC : 0)
    }

    func overwrite(_ patch: MediaFilePatch) -> Int32 {
        guard patch.offset + patch.bytes.count <= bytes.count else { return EINVAL }
        bytes.replaceSubrange(patch.offset..<patch.offset + patch.bytes.count, with: patch.bytes)
        return 0
    }

    func synchronize() -> Int32 { 0 }

    func close() -> Int32 {
        isClosed = true
        return 0
    }
}
