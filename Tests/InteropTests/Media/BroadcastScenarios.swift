import Foundation
import JSEP
import Streaming
import Testing
import WebRTC

/// One source and many watchers in browsers.
enum BroadcastScenarios {
    /// Fifty watch in two browsers what is sent 15 times a second, and come at once. One browser is stopped in the middle,
    /// and some watchers leave: the others lose nothing.
    static func fifty(with control: Browser) async throws {
        let stream = try await CountingStream(.vp8, seconds: 10, keyFrameDistance: 150)
        let track = MediaStreamTrack(.video)
        let broadcaster = VideoBroadcaster()
        try broadcaster.setSource(track)
        let player = FramePlayer(
            stream.frames.map { frame in
                var frame = frame
                frame.timestamp *= 2
                return frame
            }, on: track, every: 66)
        defer { player.stop() }
        let other = try await Browser(.chromium, .plain)
        do {
            try await crowd(broadcaster, control, other)
        } catch {
            await other.resume()
            await other.stop()
            throw error
        }
        await other.stop()
    }

    private static func crowd(_ broadcaster: VideoBroadcaster, _ control: Browser, _ other: Browser) async throws {
        async let nearViewers = watch(broadcaster, count: 25, in: control)
        async let farViewers = watch(broadcaster, count: 25, in: other)
        let (near, far) = try await (nearViewers, farViewers)
        try await perform("shown", 15, near + far)
        #expect(broadcaster.watcherCount == 50)
        let before = try await decoded(near)
        // One browser stands still, and leaves for good.
        await other.pause()
        try await perform("pictureChanges", 30, near.prefix(2))
        let after = try await decoded(near)
        for (former, next) in zip(before, after) {
            #expect(next.frames >= former.frames + 30)
            #expect(next.lost == former.lost, "\(next.lost) packets were lost")
        }
        await other.resume()
        for watcher in far + near {
            watcher.subscription.cancel()
            watcher.test.ours.connection.close()
        }
        #expect(broadcaster.watcherCount == 0)
    }

    private static func perform(_ operation: String, _ count: Int, _ viewers: some Sequence<Viewer>) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            for viewer in viewers {
                group.addTask {
                    try await viewer.test.theirs.perform(operation, ["count": .number(Double(count))])
                }
            }
        }
    }

    private struct Viewer: Sendable {
        let test: InteropCase
        let subscription: Subscription
    }

    private static func watch(
        _ broadcaster: VideoBroadcaster, count: Int, in browser: Browser
    ) async throws -> [Viewer] {
        try await withThrowingTaskGroup(of: Viewer.self) { group in
            for _ in 0..<count {
                group.addTask {
                    let test = try await InteropCase(we: .answers, with: browser)
                    try await test.theirs.perform("watch", [:])
                    let subscription = try broadcaster.subscribe()
                    try await test.ours.connection.addTrack(subscription.track)
                    try await test.theirs.perform("addTransceivers", ["kinds": ["video"]])
                    try await test.pair.connect(.trickle)
                    return Viewer(test: test, subscription: subscription)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    private static func decoded(_ viewers: [Viewer]) async throws -> [(frames: Int, lost: Int)] {
        var all: [(frames: Int, lost: Int)] = []
        for viewer in viewers {
            let stats = try await viewer.test.theirs.perform("stats", ["types": ["inbound-rtp"]]).array
            let video = try #require(stats.first { $0["kind"].string == "video" })
            all.append((video["framesDecoded"].integer ?? 0, video["packetsLost"].integer ?? 0))
        }
        return all
    }

    /// A browser sends two sizes to the server, and another peer watches: it gets the size that fits what can be sent to it,
    /// goes over from one to the other, and its picture goes on.
    static func sizes(with control: any RemoteControl) async throws {
        let source = try await InteropCase(we: .answers, with: control)
        let events = source.ours.connection.tracks
        try await source.connect(sending: [
            // Not larger: a browser without a processor for it stops sending the largest.
            "video": true, "codec": "video/VP8", "scale": 2,
            "encodings": [["rid": "h", "scaleResolutionDownBy": 2], ["rid": "f", "scaleResolutionDownBy": 1]],
        ])
        var arrivals = events.makeAsyncIterator()
        let broadcaster = VideoBroadcaster()
        try broadcaster.setSource(try #require(await arrivals.next()).track)
        let viewer = try await InteropCase(we: .answers, with: control)
        let subscription = try broadcaster.subscribe()
        subscription.wishes.maximumWidth = 400
        try await viewer.theirs.perform("watch", [:])
        try await viewer.ours.connection.addTrack(subscription.track)
        try await viewer.theirs.perform("addTransceivers", ["kinds": ["video"]])
        try await viewer.pair.connect(.trickle)
        for width in [320, 640, 320, 640] {
            subscription.wishes.maximumWidth = width
            try await viewer.theirs.perform("showsWidth", ["width": .number(Double(width))])
            try await viewer.theirs.perform("pictureChanges", ["count": 10])
        }
        let stats = try await viewer.theirs.perform("stats", ["types": ["inbound-rtp"]]).array
        let video = try #require(stats.first { $0["kind"].string == "video" })
        #expect(video["packetsLost"].integer == 0, "\(video)")
        try await source.theirs.perform("endMedia", [:])
        await viewer.close()
        await source.close()
    }
}
