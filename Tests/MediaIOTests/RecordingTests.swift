import MediaFiles
import TestSupport
import Testing
import WebRTC

@testable import MediaIO

@Suite("The files of a recording")
struct RecordingTests {
    /// A recording of one track, to which a frame comes at each of the times.
    private func record(
        _ name: String, in folder: TestFolder, isAudio: Bool = false, times: [Int], _ frame: (Int) -> MediaFrame
    ) throws -> RecordingReport {
        let path = folder.path(name)
        let format = try #require(RecordingFormat(path: path))
        let recording = Recording(path: path, format: format, limits: .none, replaces: false)
        recording.addTrack(isAudio: isAudio)
        for (index, time) in times.enumerated() {
            recording.append(frame(index).at(time), of: 0, arrival: .milliseconds(time))
        }
        try recording.finish()
        #expect(recording.report.frames + recording.report.dropped + recording.report.awaitedKeyFrame == times.count)
        return recording.report
    }

    private static let tenSeconds = Array(stride(from: 0, to: 10_000, by: 100))

    @Test("a codec that changes goes on in another file at once")
    func change() throws {
        let report = try record("a.webm", in: TestFolder(), times: Self.tenSeconds) {
            $0 < 50 ? Frames.vp8() : Frames.vp9
        }
        #expect(report.fileCount == 2 && report.files.count == 2 && report.dropped == 0)
    }

    @Test(
        "pictures that change their codec or format all the time begin another file every 2 s, and no more",
        arguments: ["a.webm", "a.mkv"])
    func pictures(name: String) throws {
        let report = try record(name, in: TestFolder(), times: Self.tenSeconds) {
            if name == "a.mkv" { return Frames.h264(level: UInt8(10 + $0 % 2)) }
            return $0 % 2 == 0 ? Frames.vp8() : Frames.vp9
        }
        #expect(report.fileCount > 3 && report.fileCount <= 7, "\(report)")
        #expect(report.frames > 40 && report.lastError == nil, "what fits goes on: \(report)")
    }

    @Test("pictures that are to be turned otherwise go on in another file, from a key frame on")
    func rotation() throws {
        let report = try record("a.mp4", in: TestFolder(), times: Self.tenSeconds) { index in
            var frame = Frames.h264(level: 10)
            frame.isKeyFrame = index % 10 == 0
            frame.rotation = index < 45 ? 90 : 0
            return frame
        }
        #expect(report.fileCount == 2 && report.dropped == 0, "\(report)")
    }

    @Test("so does sound")
    func sound() throws {
        let report = try record("a.mkv", in: TestFolder(), isAudio: true, times: Self.tenSeconds) {
            Frames.pcm($0 % 2 == 0 ? "PCMU" : "PCMA")
        }
        #expect(report.fileCount > 3 && report.fileCount <= 7, "\(report)")
        #expect(report.frames > 40 && report.lastError == nil, "what fits goes on: \(report)")
    }

    @Test("after 256 changes what does not fit the last file is refused, and says why", arguments: [true, false])
    func exhausted(isSound: Bool) throws {
        let folder = try TestFolder()
        let times = (0..<300).map { $0 * 2500 }
        let report = try record("a.mkv", in: folder, isAudio: isSound, times: times) {
            isSound ? Frames.pcm($0 % 2 == 0 ? "PCMU" : "PCMA") : Frames.h264(level: UInt8(10 + $0 % 2))
        }
        #expect(report.fileCount == 257)
        #expect(report.lastError == .fileChanges(path: folder.path("a.mkv"), maximum: 256))
        if isSound { #expect(report.dropped == 22 && report.frames == 278, "\(report)") }
    }

    @Test("a report names the last 1000 files")
    func names() {
        var report = RecordingReport()
        for number in 1...1002 { report.note(file: "\(number)") }
        #expect(report.fileCount == 1002 && report.files.count == 1000 && report.files.first == "3")
    }
}
