import Foundation
import JSEP
import MediaFiles
import TestSupport
import Testing
import WebRTC

@testable import MediaIO

extension RealTime {
    @Suite("A recording of two connections", .needsFFmpeg, .timeLimit(.minutes(2)))
    struct RecorderTests {
        /// Plays a file through two connections into another, to its end.
        private func record(
            _ source: String, _ name: String, in folder: TestFolder, limits: RecordingLimits = .none
        ) async throws -> RecordingReport {
            let player = try MediaPlayer(path: source)
            let media = try await MediaPair(sending: player.tracks)
            let recorder = try MediaRecorder(path: folder.path(name), options: .init(limits: limits))
            for track in media.received.values { try await recorder.add(track) }
            let pictures = try await FFmpeg.times(of: source, stream: "v:0").count
            let packets = try await FFmpeg.times(of: source, stream: "a:0").count
            let (video, audio) = try (
                #require(media.received[.video]).frames, #require(media.received[.audio]).frames
            )
            await player.play()
            try await player.ended()
            // What was sent last may be on its way.
            _ = await video.first(pictures)
            _ = await audio.first(packets)
            await player.stop()
            await media.close()
            let report = try await recorder.stop()
            #expect(report.dropped == 0 && report.lastError == nil, "\(report)")
            return report
        }

        @Test(
            "decodes without an error, with each frame in it, and in step",
            arguments: [
                ("vp8.webm", "-c:v libvpx -g 25 -deadline realtime -c:a libopus", "out.webm"),
                ("vp9.webm", "-c:v libvpx-vp9 -g 25 -cpu-used 8 -deadline realtime -c:a libopus", "out.mp4"),
                ("h264.mkv", "-c:v libx264 -g 25 -bf 0 -profile:v baseline -pix_fmt yuv420p -c:a libopus", "out.mkv"),
            ])
        func whole(name: String, options: String, output: String) async throws {
            let folder = try TestFolder()
            let source = try await FFmpeg.make(name, options, in: folder)
            let report = try await record(source, output, in: folder)
            let path = folder.path(output)
            #expect(report.files == [path])
            let pictures = try await FFmpeg.times(of: source, stream: "v:0").count
            let packets = try await FFmpeg.times(of: source, stream: "a:0").count
            #expect(report.frames == pictures + packets)
            #expect(try await FFmpeg.decode(path, stream: "v:0") == pictures)
            _ = try await FFmpeg.decode(path, stream: "a:0")
            let video = try await FFmpeg.times(of: path, stream: "v:0")
            let audio = try await FFmpeg.times(of: path, stream: "a:0")
            #expect(video.count == pictures && audio.count == packets)
            let first = try (#require(video.first), #require(audio.first))
            #expect(abs(first.0 - first.1) < 0.06, "both began at one moment: \(first)")
            let last = try (#require(video.last), #require(audio.last))
            #expect(abs(last.0 - first.0 - 2.96) < 0.06 && abs(last.1 - first.1 - 3) < 0.06, "\(last)")
        }

        @Test("goes on in another file at a key frame, and loses no frame")
        func rotation() async throws {
            let folder = try TestFolder()
            let source = try await FFmpeg.make(
                "a.webm", "-c:v libvpx -g 25 -deadline realtime -c:a libopus", in: folder)
            let report = try await record(source, "out.webm", in: folder, limits: .init(duration: .seconds(1)))
            #expect(report.files.count == 3, "\(report.files)")
            var pictures: [Int] = []
            for path in report.files { pictures.append(try await FFmpeg.decode(path, stream: "v:0")) }
            #expect(pictures.reduce(0, +) == 75, "\(pictures)")
        }

        @Test("a track that pauses for 2 s comes back where it belongs beside the other")
        func pause() async throws {
            let folder = try TestFolder()
            let options = "-c:v libvpx -g 25 -deadline realtime"
            let film = try MediaPlayer(path: await FFmpeg.make("v.webm", options, seconds: 2, in: folder))
            let sound = try MediaPlayer(path: await FFmpeg.make("a.webm", "-c:a libopus", seconds: 4, in: folder))
            let media = try await MediaPair(sending: film.tracks + sound.tracks)
            let recorder = try MediaRecorder(path: folder.path("out.mkv"))
            for track in media.received.values { try await recorder.add(track) }
            // The sound is the clock: the picture stands still from the first second on until the third.
            let heard = try #require(media.received[.audio]).frames
            await film.play()
            await sound.play()
            var count = 0
            for await _ in heard {
                count += 1
                if count == 50 { await film.pause() }
                if count == 150 { await film.play() }
                if count == 190 { break }
            }
            try await film.ended()
            try await sound.ended()
            await sound.stop()
            await media.close()
            let report = try await recorder.stop()
            #expect(report.dropped == 0 && report.files.count == 1)
            let path = folder.path("out.mkv")
            #expect(try await FFmpeg.decode(path, stream: "v:0") == 50)
            let pictures = try await FFmpeg.times(of: path, stream: "v:0")
            let gap = zip(pictures.dropFirst(), pictures).map { $0 - $1 }.max() ?? 0
            #expect(abs(gap - 2.04) < 0.1, "\(gap)")
            let packets = try await FFmpeg.times(of: path, stream: "a:0")
            let ends = try (#require(pictures.last), #require(packets.last))
            #expect(abs(ends.0 - ends.1) < 0.1, "2 s of pictures and 2 s of pause are 4 s of sound: \(ends)")
        }

        @Test("a path that cannot be written is refused at once, and says why")
        func refused() throws {
            let folder = try TestFolder()
            #expect(throws: MediaIOError.self) { try MediaRecorder(path: folder.path("a.avi")) }
            #expect(throws: MediaIOError.self) { try MediaRecorder(path: folder.path("nowhere/a.webm")) }
            try Data().write(to: URL(fileURLWithPath: folder.path("a.webm")))
            #expect(throws: MediaIOError.self) { try MediaRecorder(path: folder.path("a.webm")) }
            #expect(throws: Never.self) {
                try MediaRecorder(path: folder.path("a.webm"), options: .init(replaces: true))
            }
        }
    }
}
