import Testing
import WebRTC

@testable import MediaIO

@Suite("The time of a recording")
struct RecordingTimelineTests {
    private let audio = 0
    private let video = 1

    private func timeline() -> RecordingTimeline {
        var timeline = RecordingTimeline()
        timeline.addTrack(isAudio: true)
        timeline.addTrack(isAudio: false)
        return timeline
    }

    private func frame(_ milliseconds: Int, wall: Int? = nil) -> MediaFrame {
        var frame = MediaFrame(codec: "audio/opus", data: [1], timestamp: .milliseconds(milliseconds))
        frame.captureTime = wall.map { .milliseconds(1_000_000 + $0) }
        return frame
    }

    @Test("before the sender's clock is known, a track begins where it arrives, and keeps its own time")
    func arrival() {
        var timeline = timeline()
        let first = timeline.time(of: frame(0), track: audio, arrival: .milliseconds(100))
        let other = timeline.time(of: frame(0), track: video, arrival: .milliseconds(350))
        // Jitter of arrival moves nothing.
        let second = timeline.time(of: frame(20), track: audio, arrival: .milliseconds(190))
        #expect(first == .milliseconds(100) && other == .milliseconds(350) && second == .milliseconds(120))
    }

    @Test("once the clock is known of both, pictures are put where they belong beside the sound", arguments: [-60, 80])
    func clocks(off: Int) {
        var timeline = timeline()
        _ = timeline.time(of: frame(0), track: audio, arrival: .milliseconds(100))
        _ = timeline.time(of: frame(0), track: video, arrival: .milliseconds(100 + off))
        var last = Duration.zero
        var steps: [Duration] = []
        for number in 1...50 {
            let time = number * 20
            // They were taken at one moment.
            let sound = timeline.time(of: frame(time, wall: time), track: audio, arrival: .milliseconds(100 + time))
            let picture = timeline.time(of: frame(time, wall: time), track: video, arrival: .milliseconds(100 + time))
            #expect(sound == .milliseconds(100 + time), "sound is never moved")
            steps.append(picture - last)
            last = picture
        }
        #expect(last == .milliseconds(1100))
        #expect(steps.dropFirst().allSatisfy { $0 >= .milliseconds(10) }, "no picture stands still, or goes back")
    }

    @Test("a pause of a track is a pause in the file, whether its timestamps go on or not")
    func pauses() {
        var timeline = timeline()
        _ = timeline.time(of: frame(0), track: video, arrival: .zero)
        let goesOn = timeline.time(of: frame(2000), track: video, arrival: .milliseconds(2010))
        #expect(goesOn == .milliseconds(2000))
        let stood = timeline.time(of: frame(2040), track: video, arrival: .milliseconds(5000))
        #expect(stood == .milliseconds(5000))
        let after = timeline.time(of: frame(2080), track: video, arrival: .milliseconds(5050))
        #expect(after == .milliseconds(5040))
    }

    @Test("with another source the clock is unknown for a while, and nothing moves")
    func otherSource() {
        var timeline = timeline()
        _ = timeline.time(of: frame(0, wall: 0), track: audio, arrival: .zero)
        _ = timeline.time(of: frame(0, wall: 30), track: video, arrival: .zero)
        _ = timeline.time(of: frame(20), track: audio, arrival: .milliseconds(20))
        let held = timeline.time(of: frame(40, wall: 70), track: video, arrival: .milliseconds(40))
        #expect(held == .milliseconds(70))
    }
}
