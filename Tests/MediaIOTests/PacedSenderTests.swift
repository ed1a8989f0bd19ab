import JSEP
import Testing
import WebRTC

@testable import MediaIO

extension RealTime {
    @Suite("Speech that is made faster than it is heard", .timeLimit(.minutes(1)))
    struct PacedSenderTests {
        @Test("is sent at the speed at which it is heard, and goes on after a pause")
        func pace() async throws {
            let track = MediaStreamTrack(.audio)
            let media = try await MediaPair(sending: [track])
            let frames = try #require(media.received[.audio]).frames
            let voice = PacedSender(track)
            let start = ContinuousClock.now
            for number in 0..<50 { await voice.enqueue([0xFC, UInt8(number)], duration: .milliseconds(20)) }
            let waiting = await voice.waiting
            #expect(waiting > .milliseconds(900))
            let got = await frames.first(50)
            let took = start.duration(to: .now)
            #expect(took > .milliseconds(900) && took < .milliseconds(2000), "\(took)")
            #expect(got.map { $0.data[1] } == (0..<50).map { UInt8($0) })
            let steps = zip(got.dropFirst(), got).map { ($0.timestamp - $1.timestamp) / .milliseconds(1) }
            #expect(steps.filter { abs($0 - 20) < 1 }.count > 40, "\(steps)")
            await voice.drained()
            await media.close()
        }

        @Test("is silent at once when it is interrupted, and then says the next")
        func flush() async throws {
            let track = MediaStreamTrack(.audio)
            let media = try await MediaPair(sending: [track])
            let frames = try #require(media.received[.audio]).frames
            let voice = PacedSender(track)
            for _ in 0..<500 { await voice.enqueue([0xFC, 1], duration: .milliseconds(20)) }
            _ = await frames.first(10)
            let flushed = await voice.flush()
            #expect(flushed > 450 && flushed < 495, "\(flushed)")
            await voice.enqueue([0xFC, 2], duration: .milliseconds(20))
            var rest: [UInt8] = []
            for await frame in frames where !frame.isLoss {
                rest.append(frame.data[1])
                if frame.data[1] == 2 { break }
            }
            #expect(rest.count < 30, "\(rest.count)")
            await media.close()
        }

        @Test("is bounded")
        func bounds() async {
            let voice = PacedSender(MediaStreamTrack(.audio))
            var admitted = 0
            for _ in 0..<20 where await voice.enqueue([UInt8](repeating: 1, count: 1 << 20), duration: .seconds(1)) {
                admitted += 1
            }
            #expect((15...17).contains(admitted))
        }
    }
}
