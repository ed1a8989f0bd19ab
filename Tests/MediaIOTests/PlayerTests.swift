import Foundation
import JSEP
import MediaFiles
import TestSupport
import Testing
import WebRTC

@testable import MediaIO

extension RealTime {
    @Suite("A file that is played", .needsFFmpeg, .timeLimit(.minutes(2)))
    struct PlayerTests {
        @Test("frames come at their times, all of them, and begin with a key frame")
        func timing() async throws {
            let folder = try TestFolder()
            let source = try await FFmpeg.make(
                "a.webm", "-c:v libvpx -g 25 -deadline realtime -c:a libopus", in: folder)
            let player = try MediaPlayer(path: source)
            let media = try await MediaPair(sending: player.tracks)
            let video = try #require(media.received[.video]).frames
            let audio = try #require(media.received[.audio]).frames
            let start = ContinuousClock.now
            await player.play()
            let pictures = await video.first(75)
            let sound = await audio.first(150)
            let took = start.duration(to: .now)
            #expect(took > .milliseconds(2900) && took < .milliseconds(4000), "\(took)")
            #expect(pictures.first?.isKeyFrame == true)
            for (number, frame) in pictures.enumerated() {
                let off = frame.timestamp - .milliseconds(40 * number)
                #expect(off > .milliseconds(-3) && off < .milliseconds(3), "picture \(number): \(off)")
            }
            #expect(sound.last.map { $0.timestamp > .milliseconds(2960) } == true)
            await player.stop()
            await media.close()
        }

        @Test("at its end it begins anew, and times go on")
        func loops() async throws {
            let folder = try TestFolder()
            let source = try await FFmpeg.make(
                "a.ivf", "-c:v libvpx -g 25 -deadline realtime", seconds: 0.4, in: folder)
            let player = try MediaPlayer(path: source, loops: true)
            let media = try await MediaPair(sending: player.tracks)
            let frames = try #require(media.received[.video]).frames
            await player.play()
            let got = await frames.first(25)
            #expect(got.indices.filter { got[$0].isKeyFrame } == [0, 10, 20])
            for (number, frame) in got.enumerated() {
                let off = frame.timestamp - .milliseconds(40 * number)
                #expect(off > .milliseconds(-3) && off < .milliseconds(3), "picture \(number): \(off)")
            }
            await player.stop()
            #expect(await player.state == .stopped)
            await media.close()
        }

        @Test("a viewer who comes in the middle sees something at once, though no key frame comes")
        func joining() async throws {
            let folder = try TestFolder()
            // One key frame in all.
            let source = try await FFmpeg.make(
                "a.webm", "-c:v libvpx -g 1000 -keyint_min 1000 -deadline realtime", seconds: 30, in: folder)
            let player = try MediaPlayer(path: source)
            let media = try await MediaPair(sending: player.tracks)
            let first = try #require(media.received[.video]).frames
            await player.play()
            _ = await first.first(30)
            let late = try await MediaPair(sending: player.tracks)
            let start = ContinuousClock.now
            let frames = try #require(late.received[.video]).frames
            let got = await frames.first(60)
            let keyFrames = got.indices.filter { got[$0].isKeyFrame }
            #expect(keyFrames.first == 0 && keyFrames.count <= 2, "\(keyFrames)")
            // What was there comes at once, what follows at its times.
            #expect(got[0].timestamp == .zero && got[29].timestamp < .milliseconds(500), "\(got[29].timestamp)")
            #expect(start.duration(to: .now) < .seconds(2))
            #expect(zip(got, got.dropFirst()).allSatisfy { $0.timestamp < $1.timestamp })
            await player.stop()
            await media.close()
            await late.close()
        }

        @Test("it goes on at the key frame before a time")
        func seeking() async throws {
            let folder = try TestFolder()
            let source = try await FFmpeg.make(
                "a.webm", "-c:v libvpx -g 25 -deadline realtime -c:a libopus", in: folder)
            let player = try MediaPlayer(path: source)
            try await player.seek(to: .milliseconds(1700))
            let position = await player.position
            #expect(position > .milliseconds(990) && position < .milliseconds(1020), "\(position)")
            let media = try await MediaPair(sending: player.tracks)
            let frames = try #require(media.received[.video]).frames
            await player.play()
            try await player.ended()
            let got = await frames.first(50)
            #expect(got.first?.isKeyFrame == true && got.count == 50)
            await player.stop()
            await media.close()
        }

        @Test("files that cannot be played are refused, and say why")
        func refused() throws {
            let folder = try TestFolder()
            #expect(throws: MediaIOError.self) { try MediaPlayer(path: folder.path("a.avi")) }
            #expect(throws: MediaIOError.self) { try MediaPlayer(path: folder.path("none.webm")) }
            try Data("hello".utf8).write(to: URL(fileURLWithPath: folder.path("a.ivf")))
            #expect(throws: MediaIOError.self) { try MediaPlayer(path: folder.path("a.ivf")) }
        }

        @Test("a stream with B-frames says what to change")
        func reordered() async throws {
            let folder = try TestFolder()
            let source = try await FFmpeg.make("a.mkv", "-c:v libx264 -bf 2 -g 50", in: folder)
            let file = try PlayedFile(path: source, format: .matroska)
            let error = #expect(throws: MediaIOError.self) { while try file.next() != nil {} }
            #expect(error?.description.contains("-bf 0") == true)
        }
    }

}

@Suite("The clock of a player")
struct PlayClockTests {
    @Test("a pause moves what follows, and nothing is made up for")
    func pause() {
        var clock = PlayClock()
        clock.start(now: .seconds(10))
        let first = clock.due(.seconds(1), now: .seconds(10))
        clock.stop(now: .seconds(12))
        #expect(clock.position(now: .seconds(99)) == .seconds(2))
        clock.start(now: .seconds(20))
        let second = clock.due(.seconds(3), now: .seconds(20))
        #expect(first == .seconds(11) && second == .seconds(21))
    }

    @Test("what is a little late is due when it was, and what is far too late moves the rest")
    func lateness() {
        var clock = PlayClock()
        clock.start(now: .zero)
        let little = clock.due(.seconds(1), now: .milliseconds(1300))
        let far = clock.due(.seconds(2), now: .seconds(7))
        let next = clock.due(.seconds(3), now: .seconds(7))
        #expect(little == .seconds(1) && far == .seconds(7) && next == .seconds(8))
    }

    @Test("a time that no clock of the system reaches is waited for an hour at a time")
    func wait() {
        let near = PlayClock.wait(for: .seconds(12), now: .seconds(10))
        let far = PlayClock.wait(for: .seconds(18_446_744_073), now: .seconds(10))
        #expect(near == .seconds(2) && far == .seconds(3600))
    }
}

@Suite("What a file says of its speed")
struct PlaySpeedTests {
    @Test("a round is as long as its frames last, wherever they stand, and 40 ms at least")
    func round() {
        var sound = PlayRound()
        for _ in 0..<50 { sound.note(.zero, duration: .milliseconds(20), isVideo: false) }
        #expect(sound.length == .seconds(1))
        var picture = PlayRound()
        #expect(!picture.isUsed)
        picture.note(.zero, duration: nil, isVideo: true)
        #expect(picture.isUsed && picture.length == .milliseconds(40))
        var film = PlayRound()
        for number in 0..<10 { film.note(.milliseconds(number * 50), duration: nil, isVideo: true) }
        #expect(film.length == .milliseconds(500), "the last is seen as long as the one before it")
    }

    /// How many frames of that size go out in so many seconds, if all are due at once.
    private func sent(_ size: Int, seconds: Int) -> Int {
        var (rate, now, count) = (PlayRate(), Duration.seconds(100), 0)
        let end = now + .seconds(seconds)
        while true {
            now += rate.wait(now: now)
            guard now < end else { return count }
            rate.note(size, now: now)
            count += 1
        }
    }

    @Test("no more than 1000 frames and 16 MiB are sent in a second, and as much at once")
    func rate() {
        #expect((11_000...11_001).contains(sent(100, seconds: 10)))
        #expect((175...178).contains(sent(1 << 20, seconds: 10)))
        #expect((10...12).contains(sent(16 << 20, seconds: 10)))
        var rate = PlayRate()
        rate.note(64 << 20, now: .zero)
        #expect(rate.wait(now: .zero) == .seconds(3) && rate.wait(now: .seconds(3)) == .zero)
    }
}
