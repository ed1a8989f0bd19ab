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

    /// Sound from 0 to 1 s, then nothing until 6 s, then frames whose timestamps have not counted that time.
    private func afterSilence(arrivals: [Int]) -> (timeline: RecordingTimeline, times: [Duration]) {
        var timeline = timeline()
        for number in 0...50 {
            let time = number * 20
            _ = timeline.time(of: frame(time, wall: time), track: audio, arrival: .milliseconds(time))
            _ = timeline.time(of: frame(time, wall: time), track: video, arrival: .milliseconds(time))
        }
        let frames = arrivals.enumerated().map { index, arrival in
            let time = 1020 + index * 20
            return (frame: frame(time, wall: time), arrival: Duration.milliseconds(arrival))
        }
        #expect(timeline.isDoubtful(frames[0].frame, track: audio, arrival: frames[0].arrival))
        timeline.settle(frames, track: audio)
        let times = frames.map { timeline.time(of: $0.frame, track: audio, arrival: $0.arrival) }
        return (timeline, times)
    }

    @Test(
        "a source that paused without counting the time comes back when it does, and what was said of its clock is forgotten"
    )
    func stoodStill() {
        var (timeline, times) = afterSilence(arrivals: (0..<11).map { 6000 + $0 * 20 })
        #expect(times == (0..<11).map { .milliseconds(6000 + $0 * 20) })
        // Pictures have counted it, and the last report on the sound is as old as before.
        let picture = timeline.time(of: frame(6220, wall: 6220), track: video, arrival: .milliseconds(6220))
        #expect(picture == .milliseconds(6220))
        // Then comes one that has counted it: 1240 is what 6220 was.
        let sound = timeline.time(of: frame(1240, wall: 6220), track: audio, arrival: .milliseconds(6220))
        let next = timeline.time(of: frame(6240, wall: 6240), track: video, arrival: .milliseconds(6240))
        #expect(sound == .milliseconds(6220) && next == .milliseconds(6240))
    }

    @Test("what a blocked way has held up comes all at once, and stays where it was")
    func heldUp() {
        let (timeline, times) = afterSilence(arrivals: (0..<64).map { 6000 + $0 })
        #expect(times == (0..<64).map { .milliseconds(1020 + $0 * 20) })
        #expect(!timeline.isDoubtful(frame(2300, wall: 2300), track: audio, arrival: .milliseconds(6100)))
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

    @Test("tracks of two peers whose clocks differ stay where they arrive, and those of each are in step")
    func peers() {
        var timeline = timeline()
        timeline.addTrack(isAudio: true)
        timeline.addTrack(isAudio: false)
        var times: [Duration] = []
        for number in 0..<100 {
            let time = number * 20
            times = []
            // Sound arrives at once, pictures 60 ms later; the second peer's clock is 5 s ahead.
            for (name, ahead, first) in [("one", 0, audio), ("two", 5000, 2)] {
                for track in [first, first + 1] {
                    var frame = frame(time, wall: number < 10 ? nil : time + ahead)
                    frame.canonicalName = number < 10 ? nil : name
                    let arrival = Duration.milliseconds(100 + time + (track == first ? 0 : 60))
                    times.append(timeline.time(of: frame, track: track, arrival: arrival))
                }
            }
        }
        #expect(times == Array(repeating: .milliseconds(100 + 99 * 20), count: 4))
    }

    @Test("tracks whose sender has no name have one clock, as far as can be told")
    func unnamed() {
        var timeline = timeline()
        var named = frame(0, wall: 5000)
        named.canonicalName = "other"
        timeline.addTrack(isAudio: true)
        _ = timeline.time(of: named, track: 2, arrival: .zero)
        _ = timeline.time(of: frame(0, wall: 0), track: audio, arrival: .zero)
        let picture = timeline.time(of: frame(0, wall: 30), track: video, arrival: .zero)
        #expect(picture == .milliseconds(30))
    }
}
