import JSEP
import Synchronization
import Testing
import WebRTC
import WebRTCTestSupport

@testable import Streaming

@Suite("Streamers", .serialized, .timeLimit(.minutes(2)))
struct StreamerTests {
    private struct Broken: Error, CustomStringConvertible { var description: String { "the camera is gone" } }

    /// A source of one picture, which then does what it is told.
    private func source(_ body: @escaping @Sendable () async throws -> Void) -> StreamSource {
        let track = MediaStreamTrack(.video)
        return StreamSource(tracks: [track]) {
            _ = try track.send(CountingSource.frame(1, isKey: true))
            try await body()
        }
    }

    /// Waits until it is cancelled.
    private static func forever() async {
        let (stream, _) = AsyncStream<Void>.makeStream()
        for await _ in stream {}
    }

    @Test("is starting, live, and stopped when its source ends, or failed with what it says")
    func life() async throws {
        let (gate, open) = AsyncStream<Void>.makeStream()
        for isBroken in [false, true] {
            let streamer = Streamer(id: "a")
            #expect(await streamer.state == .starting)
            let (gate, open) = isBroken ? AsyncStream<Void>.makeStream() : (gate, open)
            try await streamer.start(
                source {
                    for await _ in gate {}
                    if isBroken { throw Broken() }
                })
            #expect(await streamer.state == .live)
            let states = streamer.states
            open.finish()
            var seen: [Streamer.State] = []
            for await state in states { seen.append(state) }
            #expect(seen.last == (isBroken ? .failed(reason: "the camera is gone") : .stopped))
            await #expect(throws: StreamingError.stopped) { try await streamer.start(source {}) }
        }
    }

    @Test("has failed when its source sends nothing in time, or cannot begin")
    func fails() async throws {
        let silent = Streamer(id: "silent")
        let track = MediaStreamTrack(.video)
        await #expect(throws: StreamingError.noSource(after: .milliseconds(50))) {
            try await silent.start(
                StreamSource(tracks: [track]) { await Self.forever() }, timeout: .milliseconds(50))
        }
        #expect(await silent.state.isOver)
        let broken = Streamer(id: "broken")
        await #expect(throws: Broken.self) { try await broken.start(StreamSource(tracks: [track]) { throw Broken() }) }
        #expect(await broken.state == .failed(reason: "the camera is gone"))
    }

    @Test("a watcher sees the picture, and what watchers press is one keyboard, which a watcher's leaving lets go")
    func input() async throws {
        let streamer = Streamer(id: "game")
        try await streamer.start(source { await Self.forever() })
        let events = streamer.input
        var pairs: [ConnectedPair] = []
        var channels: [DataChannel] = []
        for name in ["anna", "bert"] {
            // Here b is the server's end: the watcher makes the channel.
            let pair = try ConnectedPair()
            let tracks = pair.a.tracks
            try await streamer.add(pair.b, as: name)
            let channel = try await pair.a.createDataChannel("input")
            _ = try await pair.a.addTransceiver(.video, options: TransceiverOptions(direction: .recvonly))
            try await pair.negotiate()
            try await channel.opened()
            for await event in tracks {
                for await frame in event.track.frames {
                    #expect(frame.isKeyFrame)
                    break
                }
                break
            }
            pairs.append(pair)
            channels.append(channel)
        }
        #expect(await streamer.watcherIDs == ["anna", "bert"])
        await #expect(throws: StreamingError.nameInUse("anna")) { try await streamer.add(pairs[0].b, as: "anna") }
        var reader = events.makeAsyncIterator()
        try await channels[0].send(#"{"type":"key","code":"KeyW","down":true}"#)
        #expect(await reader.next() == .key(try InputEvent.Key(code: "KeyW", down: true)))
        try await channels[1].send("nonsense")
        try await channels[1].send(#"{"type":"key","code":"KeyW","down":true}"#)
        try await channels[1].send(#"{"type":"key","code":"KeyA","down":true}"#)
        #expect(await reader.next() == .key(try InputEvent.Key(code: "KeyA", down: true)))
        await streamer.remove("anna")
        await streamer.remove("bert")
        let last = [await reader.next(), await reader.next()]
        #expect(
            Set(last.compactMap { $0 }) == [
                .key(try InputEvent.Key(code: "KeyW", down: false)),
                .key(try InputEvent.Key(code: "KeyA", down: false)),
            ])
        await streamer.stop()
        #expect(await reader.next() == nil)
        for pair in pairs { await pair.close() }
    }
}
