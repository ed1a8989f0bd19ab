import MediaFiles
import TestSupport
import Testing
import WebRTC

@testable import MediaIO

@Suite("One of several sizes of a picture")
struct LayerChoiceTests {
    private func decide(_ choice: inout LayerChoice, _ frame: MediaFrame, at milliseconds: Int) -> LayerChoice.Decision
    {
        choice.decide(on: frame, codec: .vp8, now: .milliseconds(milliseconds))
    }

    private let small = Frames.vp8(width: 16).of("l")
    private let large = Frames.vp8(width: 64).of("h")
    private let smallRest = Frames.vp8(isKey: false).of("l")
    private let largeRest = Frames.vp8(isKey: false).of("h")

    @Test("begins with the first that has a key frame, and changes to a larger one at its key frame")
    func larger() {
        var choice = LayerChoice()
        let decisions = [smallRest, small, largeRest, smallRest, large, largeRest, smallRest, small].enumerated().map {
            decide(&choice, $0.element, at: $0.offset * 40)
        }
        #expect(decisions == [.awaitsKeyFrame, .taken, .left, .taken, .taken, .taken, .left, .left])
    }

    @Test("is followed by a smaller one when it has been silent for more than 2 s, at a key frame")
    func silence() {
        var choice = LayerChoice()
        let first = decide(&choice, large, at: 0)
        let early = decide(&choice, small, at: 2000)
        let waiting = decide(&choice, smallRest, at: 2001)
        let late = decide(&choice, small, at: 2100)
        let back = decide(&choice, largeRest, at: 2140)
        #expect(first == .taken && early == .left && waiting == .awaitsKeyFrame && late == .taken && back == .left)
    }

    @Test("without names all is taken, as it comes")
    func unnamed() {
        var choice = LayerChoice()
        let decisions = [false, true, false].enumerated().map {
            decide(&choice, Frames.vp8(isKey: $0.element), at: 3000 * $0.offset)
        }
        #expect(decisions == [.taken, .taken, .taken])
    }

    @Test("a recording of two sizes has the frames of one, and none is dropped")
    func recording() throws {
        let folder = try TestFolder()
        let path = folder.path("a.webm")
        let recording = Recording(path: path, format: .webM, limits: .none, replaces: false)
        recording.addTrack(isAudio: false)
        recording.addTrack(isAudio: true)
        for number in 0..<50 {
            let isKey = number % 25 == 0
            for (name, width) in [("l", 16), ("h", 64)] as [(String, UInt8)] {
                recording.append(
                    Frames.vp8(width: width, isKey: isKey).of(name).at(number * 40), of: 0,
                    arrival: .milliseconds(number * 40))
            }
            recording.append(
                MediaFrame(codec: "audio/opus", data: [0xFC, 1, 2], timestamp: .milliseconds(number * 40)), of: 1,
                arrival: .milliseconds(number * 40))
        }
        try recording.finish()
        #expect(recording.report.frames == 100 && recording.report.dropped == 0, "\(recording.report)")
        #expect(recording.report.awaitedKeyFrame == 0 && recording.report.fileCount == 1)
    }
}
