import TestSupport
import Testing

@testable import Forwarding

@Suite("The layer of a watcher")
struct LayerSelectorTests {
    static func layers(dead: UInt32? = nil) -> [VideoLayer] {
        var layers: [VideoLayer] = []
        for (size, bitrate) in [150_000, 500_000, 1_700_000].enumerated() {
            for temporal in 0..<2 {
                layers.append(
                    VideoLayer(
                        source: UInt32(size + 1), temporal: temporal, bitrate: bitrate * (temporal == 0 ? 6 : 10) / 10,
                        width: 320 << size, height: 180 << size, frameRate: temporal == 0 ? 15 : 30,
                        isAlive: dead != UInt32(size + 1)))
            }
        }
        return layers
    }

    private static func ladder(_ wishes: VideoWishes = VideoWishes(), dead: UInt32? = nil) -> LayerLadder {
        LayerLadder(layers(dead: dead), wishes: wishes)
    }

    @Test("is the best that may be sent, at once at first")
    func first() {
        var selector = LayerSelector()
        let best = selector.update(Self.ladder(), budget: 600_000, now: .zero)
        #expect(best?.source == 2 && best?.temporal == 1)
        var poor = LayerSelector()
        let none = poor.update(Self.ladder(), budget: 10_000, now: .zero)
        #expect(none == nil)
    }

    @Test("is not more than is wanted, and the smallest if all are")
    func wishes() {
        #expect(Self.ladder(VideoWishes(maximumWidth: 640)).rungs.last?.source == 2)
        #expect(Self.ladder(VideoWishes(maximumFrameRate: 20)).rungs.map(\.temporal) == [0, 0, 0])
        #expect(Self.ladder(VideoWishes(maximumHeight: 100)).rungs.map(\.source) == [1])
        #expect(Self.ladder(VideoWishes(isPaused: true)).rungs.isEmpty)
        let rungs = Self.ladder().rungs.map(\.bitrate)
        #expect(rungs == rungs.sorted() && rungs.count == 6)
    }

    @Test("goes down at once, and up only when there is enough for a while")
    func hysteresis() {
        var selector = LayerSelector()
        selector.update(Self.ladder(), budget: 2_000_000, now: .zero)
        #expect(selector.chosen?.source == 3)
        selector.update(Self.ladder(), budget: 400_000, now: .seconds(20))
        #expect(selector.chosen?.source == 2 && selector.chosen?.temporal == 0)
        // Just enough for the next is not enough.
        for step in 0..<50 { selector.update(Self.ladder(), budget: 510_000, now: .seconds(20 + step)) }
        #expect(selector.chosen?.temporal == 0)
        selector.update(Self.ladder(), budget: 600_000, now: .seconds(80))
        #expect(selector.chosen?.temporal == 0)
        selector.update(Self.ladder(), budget: 600_000, now: .seconds(81))
        #expect(selector.chosen?.temporal == 1)
    }

    @Test("does not flap when the estimate does")
    func flapping() {
        var selector = LayerSelector()
        var changes = 0
        var last: VideoLayer?
        for step in 0..<1200 {
            let now = Duration.milliseconds(250 * step)
            // Two seconds of much, two of little.
            let budget = step / 8 % 2 == 0 ? 700_000 : 450_000
            let chosen = selector.update(Self.ladder(), budget: budget, now: now)
            if let last, let chosen, !chosen.isSame(as: last) { changes += 1 }
            last = chosen
        }
        // 75 times there was more.
        #expect(changes <= 10)
    }

    @Test("is left when it is dead, and a pause is over at once")
    func dead() {
        var selector = LayerSelector()
        selector.update(Self.ladder(), budget: nil, now: .zero)
        #expect(selector.chosen?.source == 3)
        selector.update(Self.ladder(dead: 3), budget: nil, now: .milliseconds(10))
        #expect(selector.chosen?.source == 2)
        selector.update(Self.ladder(VideoWishes(isPaused: true)), budget: nil, now: .milliseconds(20))
        #expect(selector.chosen == nil)
        selector.update(Self.ladder(), budget: nil, now: .milliseconds(30))
        #expect(selector.chosen?.source == 3)
    }
}

@Suite("The layers of a source")
struct LayerMeterTests {
    @Test("are measured with all that is below them, and are dead when nothing comes")
    func bitrates() throws {
        var reader = SourceReader(codec: .vp8)
        var meter = LayerMeter(source: 1)
        #expect(meter.layers(now: .zero).isEmpty)
        for index in 0..<100 {
            let layer = index % 2
            let payload = PacketMaker.vp8(id: index, layer: layer, size: layer == 0 ? 981 : 481)
            let made = reader.make(payload, number: index, timestamp: index * 1800, at: .milliseconds(20 * index))
            meter.note(try #require(made))
        }
        let layers = meter.layers(now: .milliseconds(1990))
        #expect(layers.map(\.temporal) == [0, 1] && layers.allSatisfy(\.isAlive))
        // 25 packets of about 1000 bytes in a second, and 25 of about 500.
        #expect((190_000...210_000).contains(layers[0].bitrate))
        #expect((285_000...315_000).contains(layers[1].bitrate))
        let dead = meter.layers(now: .seconds(5))
        #expect(dead.count == 2 && dead.allSatisfy { !$0.isAlive && $0.bitrate == 0 })
    }

    @Test("have the sizes that the structure says")
    func sizes() throws {
        var source = DependencyFilterTests.Source(ssrc: 3, frame: 0, number: 0)
        var meter = LayerMeter(source: 3)
        for step in 0..<8 {
            for packet in try source.next(isKey: step == 0, at: .milliseconds(-400 + 100 * step)) { meter.note(packet) }
        }
        let layers = meter.layers(now: .milliseconds(400))
        #expect(layers.map(\.width) == [320, 320, 640, 640] && layers.map(\.spatial) == [0, 0, 1, 1])
    }
}

@Suite("What may be sent to a watcher")
struct AllocatorTests {
    @Test("goes to audio first, then to each video, and most to who speaks")
    func order() {
        let bitrates = [100_000, 400_000, 1_000_000]
        let videos = [1.0, 1, 3].map { Allocator.Video(bitrates: bitrates, weight: $0) }
        let little = Allocator.budgets(estimate: 300_000, audio: 50_000, videos: videos)
        #expect(little == [115_000, 0, 115_000])
        let more = Allocator.budgets(estimate: 1_000_000, audio: 50_000, videos: videos)
        #expect(more == [115_000, 115_000, 460_000])
        let much = Allocator.budgets(estimate: 10_000_000, audio: 50_000, videos: videos)
        #expect(much == [1_150_000, 1_150_000, 1_150_000])
        #expect(Allocator.budgets(estimate: 40_000, audio: 50_000, videos: videos) == [0, 0, 0])
    }

    @Test("is never exceeded, and is enough for what is there already", arguments: 1...20)
    func model(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let videos = (0..<Int.random(in: 0...12, using: &random)).map { _ in
                var bitrates: [Int] = []
                for _ in 0..<Int.random(in: 0...6, using: &random) {
                    bitrates.append(Int.random(in: 10_000...2_000_000, using: &random))
                }
                bitrates.sort()
                let current = bitrates.isEmpty ? nil : Int.random(in: 0..<bitrates.count, using: &random)
                return Allocator.Video(
                    bitrates: bitrates, current: current, weight: Double.random(in: -1...3, using: &random))
            }
            let estimate = Int.random(in: 0...6_000_000, using: &random)
            let budgets = Allocator.budgets(estimate: estimate, audio: 64_000, videos: videos)
            #expect(budgets.count == videos.count)
            #expect(budgets.reduce(0, +) <= max(0, estimate - 64_000))
            let needed = videos.reduce(0) { sum, video in sum + (video.current.map { video.bitrates[$0] } ?? 0) }
            if needed <= estimate - 64_000, videos.allSatisfy({ $0.current != nil && $0.weight == 1 }) {
                for (video, budget) in zip(videos, budgets) { #expect(budget >= video.bitrates[0]) }
            }
        }
        let odd = Allocator.Video(bitrates: [.max, .min, -5], current: 99, weight: .nan)
        #expect(Allocator.budgets(estimate: .max, audio: .min, videos: [odd]).count == 1)
    }

    @Test("is shared so that chosen layers stay within it")
    func together() {
        var random = SeededGenerator(seed: 4)
        var selectors = (0..<4).map { _ in LayerSelector() }
        for step in 0..<400 {
            let estimate = Int.random(in: 200_000...5_000_000, using: &random)
            let ladder = LayerLadder(LayerSelectorTests.layers(), wishes: VideoWishes())
            let videos = selectors.map { Allocator.Video(ladder, chosen: $0.chosen) }
            let budgets = Allocator.budgets(estimate: estimate, audio: 32_000, videos: videos)
            var sum = 0
            for index in selectors.indices {
                let now = Duration.milliseconds(300 * step)
                sum += selectors[index].update(ladder, budget: budgets[index], now: now)?.bitrate ?? 0
            }
            // Measurements err by a twentieth.
            #expect(sum - sum / 20 <= estimate - 32_000)
        }
    }
}

@Suite("Requests for key frames")
struct KeyFrameRequestsTests {
    @Test("are one for all watchers of a source, and not many")
    func coalescing() {
        var requests = KeyFrameRequests()
        var times: [Int] = []
        for step in 0..<200 {
            let now = Duration.milliseconds(10 * step)
            for _ in 0..<20 { requests.want(7, now: now) }
            if !requests.due(now: now).isEmpty { times.append(10 * step) }
        }
        #expect(times.first == 0 && times.count <= 4)
        requests.withdraw(7)
        #expect(requests.nextDeadline == nil && requests.due(now: .seconds(60)).isEmpty)
    }

    @Test("end when a key frame comes, and are bounded")
    func ending() throws {
        var reader = SourceReader(codec: .vp8)
        let made = reader.make(
            PacketMaker.vp8(id: 1, isKey: true), source: 5, number: 1, timestamp: 0, at: .milliseconds(300))
        let packet = try #require(made)
        var requests = KeyFrameRequests()
        requests.want(5, now: .zero)
        #expect(requests.due(now: .zero) == [5])
        requests.packetArrived(packet)
        #expect(requests.nextDeadline == nil)
        for source in 0..<5000 { requests.want(UInt32(source), now: .seconds(1)) }
        #expect(requests.count == KeyFrameRequests.maximumCount)
        requests.remove(5)
        #expect(requests.count == KeyFrameRequests.maximumCount - 1)
    }
}
