import Foundation
import JSEP
import Testing
import WebRTC

/// Somebody comes in the middle, and has to see something at once.
enum JoiningScenarios {
    /// Far above what it takes, for a machine that has other things to do; how long it takes is what the page of the
    /// examples says.
    private static let limit = 3000

    /// Of a source that cannot make a key frame: the only one is some seconds old.
    static func keptGroup(with control: any RemoteControl) async throws {
        let stream = try await CountingStream(.vp8, seconds: 10, keyFrameDistance: 1000)
        let track = MediaStreamTrack(.video, keepsGroupOfPictures: true)
        let player = stream.play(on: track)
        defer { player.stop() }
        // One is there from the beginning on, and the other comes when a hundred pictures have been shown.
        let first = try await InteropCase(we: .answers, with: control)
        _ = try await join(first, track)
        _ = try await first.theirs.perform("shown", ["count": 100])
        let second = try await InteropCase(we: .answers, with: control)
        #expect(try await join(second, track) < limit)
        try await second.theirs.perform("pictureChanges", ["count": 5])
        await first.close()
        await second.close()
    }

    /// Of a browser's camera, whose packets are passed on, and so are the wishes for key frames.
    static func asked(with control: any RemoteControl) async throws {
        let source = try await InteropCase(we: .answers, with: control)
        let events = source.ours.connection.tracks
        try await source.connect(sending: ["video": true, "codec": "video/VP8"])
        var arrivals = events.makeAsyncIterator()
        let received = try #require(await arrivals.next()).track
        let track = MediaStreamTrack(.video)
        let packets = received.packets
        let passing = Task { for await packet in packets { _ = try? track.send(packet, codec: "video/VP8") } }
        let asking = Task { for await _ in track.keyFrameRequests { received.requestKeyFrame() } }
        // By then its first key frame is long gone.
        try await source.theirs.perform("drawn", ["number": 100])
        let viewer = try await InteropCase(we: .answers, with: control)
        #expect(try await join(viewer, track) < limit)
        try await viewer.theirs.perform("pictureChanges", ["count": 5])
        try await source.theirs.perform("endMedia", [:])
        await viewer.close()
        await source.close()
        track.stop()
        await passing.value
        await asking.value
    }

    /// - Returns: the milliseconds from its connection to its first picture.
    private static func join(_ test: InteropCase, _ track: MediaStreamTrack) async throws -> Int {
        try await test.theirs.perform("watch", [:])
        try await test.ours.connection.addTrack(track, streams: [MediaStream([track])])
        try await test.theirs.perform("addTransceivers", ["kinds": ["video"]])
        try await test.pair.connect(.trickle)
        return try #require(try await test.theirs.perform("pictureDelay", [:]).integer)
    }
}
