import JSEP
import Testing
import WebRTC

/// Pictures both ways over a way that loses some of their packets.
enum LossScenarios {
    /// Pictures keep coming, since what was lost is sent again.
    static func exchange(_ test: InteropCase, count: Int = 200) async throws {
        let stream = try await CountingStream(.vp8, seconds: 10, keyFrameDistance: 60)
        let connection = test.ours.connection
        let track = MediaStreamTrack(.video, keepsGroupOfPictures: true)
        try await connection.addTrack(track, streams: [MediaStream([track])])
        let events = connection.tracks
        try await test.theirs.perform("watch", [:])
        let player = stream.play(on: track)
        defer { player.stop() }
        let relay = try await test.connect(losing: 5, sending: ["video": true, "codec": "video/VP8"])
        var arrivals = events.makeAsyncIterator()
        let frames = try #require(await arrivals.next()).track.frames
        let watching = Task { await longestDistance(in: frames, count: count) }
        let there = try #require(try await test.theirs.perform("shown", ["count": .number(Double(count))]).integer)
        let here = await watching.value
        #expect(there < 2000, "milliseconds without another picture at their end")
        #expect(here < .seconds(2), "without another picture at our end")
        let ours = try #require(await connection.getStats().outboundRTP.first)
        #expect(ours.nackCount > 0 && ours.retransmittedPacketsSent > 0, "\(ours)")
        let theirs = try await test.theirs.perform("stats", ["types": ["outbound-rtp"]])[0]
        #expect(
            theirs["nackCount"].integer ?? 0 > 0 && theirs["retransmittedPacketsSent"].integer ?? 0 > 0, "\(theirs)")
        let inbound = try #require(await connection.getStats().inboundRTP.first)
        #expect(inbound.retransmittedPacketsReceived ?? 0 > 0, "\(inbound)")
        #expect(relay.lost > count / 20)
        try await test.theirs.perform("endMedia", [:])
        await test.close()
        await relay.close()
    }

    private static func longestDistance(in frames: EventSequence<MediaFrame>, count: Int) async -> Duration {
        var (longest, number, last) = (Duration.zero, 0, ContinuousClock.now)
        for await _ in frames {
            let now = ContinuousClock.now
            // The first comes as soon as it is asked for.
            if number > 0 { longest = max(longest, now - last) }
            (number, last) = (number + 1, now)
            if number == count { break }
        }
        return longest
    }
}
