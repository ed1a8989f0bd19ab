import JSEP
import NIOCore
import Testing
import WebRTC
import WebRTCTestSupport

@testable import Streaming

@Suite("Watchers over real connections", .serialized, .timeLimit(.minutes(2)))
struct BroadcastTests {
    /// A connection over which somebody watches.
    private struct Watching {
        let pair: ConnectedPair
        let track: MediaStreamTrack
        let frames: EventSequence<MediaFrame>

        /// - Parameter add: adds what is watched to the connection.
        init(_ add: (PeerConnection) async throws -> Void) async throws {
            pair = try ConnectedPair()
            let (_, track) = try await pair.receivingTrack { try await add($0) }
            self.track = track
            frames = track.frames
        }

        /// The numbers of so many pictures.
        func numbers(_ count: Int) async -> [UInt8] {
            var numbers: [UInt8] = []
            for await frame in frames {
                numbers.append(frame.data.last ?? 0)
                if numbers.count == count { break }
            }
            return numbers
        }
    }

    /// Feeds a track with pictures, of which every tenth, or one that is asked for, needs no other.
    private func feed(_ track: MediaStreamTrack, keyEvery distance: Int = 10) -> Task<Void, Never> {
        let requests = track.keyFrameRequests
        return Task {
            await withDiscardingTaskGroup { group in
                let wish = Wish()
                group.addTask { for await _ in requests { wish.set() } }
                group.addTask {
                    var number = 0
                    while !Task.isCancelled {
                        let isKey = number % distance == 0 || wish.take()
                        let frame = CountingSource.frame(UInt8(number % 250), isKey: isKey, bytes: 3000)
                        var timed = frame
                        timed.timestamp = .milliseconds(20 * number)
                        _ = try? track.send(timed)
                        number += 1
                        // The pace of the pictures, which is what is tested.
                        try? await ContinuousClock().sleep(until: .now + .milliseconds(20))
                    }
                }
            }
        }
    }

    private func isWithoutGap(_ numbers: [UInt8]) -> Bool {
        zip(numbers, numbers.dropFirst()).allSatisfy { Int($1) == (Int($0) + 1) % 250 }
    }

    @Test("a picture that is fed goes to all who watch; one who joins sees something, and one who leaves is no gap")
    func watchers() async throws {
        let source = MediaStreamTrack(.video)
        let broadcaster = VideoBroadcaster()
        try broadcaster.setSource(source)
        let feeder = feed(source)
        defer { feeder.cancel() }
        var (watchings, subscriptions): ([Watching], [Subscription]) = ([], [])
        for _ in 0..<3 {
            let subscription = try broadcaster.subscribe()
            watchings.append(try await Watching { try await $0.addTrack(subscription.track) })
            subscriptions.append(subscription)
        }
        let all = await withTaskGroup(of: [UInt8].self) { group in
            for watching in watchings { group.addTask { await watching.numbers(40) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        for numbers in all { #expect(numbers.count == 40 && isWithoutGap(numbers), "\(numbers)") }
        #expect(broadcaster.watcherCount == 3)
        subscriptions.removeLast().cancel()
        await watchings.removeLast().pair.close()
        #expect(broadcaster.watcherCount == 2)
        let rest = await watchings[0].numbers(30)
        #expect(rest.count == 30 && isWithoutGap(rest), "\(rest)")
        for watching in watchings { await watching.pair.close() }
    }

    @Test("what a peer sends goes on to others, and one who joins asks the peer for a picture")
    func forwarded() async throws {
        let camera = MediaStreamTrack(.video)
        let feeder = feed(camera, keyEvery: 100_000)
        defer { feeder.cancel() }
        let (source, received) = (try ConnectedPair(), VideoBroadcaster())
        let (_, track) = try await source.receivingTrack { try await $0.addTrack(camera) }
        try received.setSource(track)
        var watchings: [Watching] = []
        var subscriptions: [Subscription] = []
        for _ in 0..<2 {
            let subscription = try received.subscribe()
            subscriptions.append(subscription)
            watchings.append(try await Watching { try await $0.addTrack(subscription.track) })
            let numbers = await watchings[watchings.count - 1].numbers(30)
            #expect(numbers.count == 30 && isWithoutGap(numbers), "\(numbers)")
        }
        #expect(subscriptions[0].layer?.size?.width == 16)
        for watching in watchings { await watching.pair.close() }
        await source.close()
    }

    @Test("a pause of one watcher stops its pictures and nobody else's, and it goes on with a key frame")
    func pause() async throws {
        let source = MediaStreamTrack(.video)
        let broadcaster = VideoBroadcaster()
        try broadcaster.setSource(source)
        let feeder = feed(source)
        defer { feeder.cancel() }
        let subscription = try broadcaster.subscribe()
        let watching = try await Watching { try await $0.addTrack(subscription.track) }
        _ = await watching.numbers(5)
        subscription.wishes.isPaused = true
        #expect(subscription.layer == nil)
        subscription.wishes.isPaused = false
        var frames = watching.frames.makeAsyncIterator()
        var sawKey = false
        for _ in 0..<40 where !sawKey { sawKey = await frames.next()?.isKeyFrame ?? false }
        #expect(sawKey && subscription.layer != nil)
        await watching.pair.close()
    }

    @Test("a track of another kind, a broadcaster that is stopped and one watcher too many are refused")
    func refusals() throws {
        let broadcaster = VideoBroadcaster(maximumWatchers: 1)
        let sound = MediaStreamTrack(.audio, id: "sound")
        #expect(throws: StreamingError.kind(track: "sound", wanted: "pictures")) { try broadcaster.setSource(sound) }
        let first = try broadcaster.subscribe()
        #expect(throws: StreamingError.tooManyWatchers(maximum: 1)) { _ = try broadcaster.subscribe() }
        first.cancel()
        _ = try broadcaster.subscribe()
        broadcaster.stop()
        #expect(throws: StreamingError.stopped) { _ = try broadcaster.subscribe() }
        #expect(throws: StreamingError.stopped) { try broadcaster.setSource(nil) }
    }
}
