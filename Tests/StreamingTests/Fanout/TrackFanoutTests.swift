import Forwarding
import RTP
import Testing
import WebRTC

@testable import Streaming

/// A source of pictures of VP8 that count.
struct CountingSource {
    private var cutter = FrameCutter()
    private var count = 0

    /// Of the last one.
    var number: UInt8 { UInt8(truncatingIfNeeded: count) }

    init() {}

    /// A picture of 16 by `size` pixels.
    static func frame(
        _ number: UInt8, isKey: Bool, name: String? = nil, size: UInt8 = 16, bytes: Int = 20
    ) -> MediaFrame {
        var data: [UInt8] = isKey ? [0x10, 0, 0, 0x9D, 1, 0x2A, 16, 0, size, 0, number] : [0x11, 0, 0, number]
        data += [UInt8](repeating: number, count: max(0, bytes - data.count))
        var frame = MediaFrame(
            codec: "video/VP8", data: data, timestamp: .milliseconds(40 * Int(number)), isKeyFrame: isKey)
        frame.streamID = name
        return frame
    }

    mutating func next(isKey: Bool, name: String? = nil, size: UInt8 = 16, bytes: Int = 20) -> [ReceivedPacket] {
        count += 1
        var frame = Self.frame(number, isKey: isKey, name: name, size: size, bytes: bytes)
        frame.timestamp = .milliseconds(40 * count)
        return cut(frame)
    }

    mutating func cut(_ frame: MediaFrame) -> [ReceivedPacket] { cutter.cut(frame, lateness: .zero) }
}

@Suite("One picture for many watchers")
struct TrackFanoutTests {
    /// What a watcher has got, as its own stream has it.
    private struct Seen: Equatable {
        var watcher: String
        var sequenceNumber: UInt16
        var timestamp: UInt32
        var first: UInt8
    }

    private func seen(_ deliveries: [TrackFanout<String>.Delivery]) -> [Seen] {
        deliveries.map { delivery in
            let payload = delivery.packet.payload
            return Seen(
                watcher: delivery.outlet, sequenceNumber: delivery.packet.sequenceNumber,
                timestamp: delivery.packet.timestamp,
                first: payload.isEmpty ? 0 : delivery.packet.bytes[payload.upperBound - 1])
        }
    }

    @Test("a watcher begins with what is kept, and goes on with what comes")
    func joins() throws {
        var fanout = TrackFanout<String>(isAudio: false)
        var source = CountingSource()
        for number in 0..<10 {
            for packet in source.next(isKey: number == 0) {
                let made = fanout.receive(packet, feed: 1, now: .milliseconds(40 * number))
                #expect(made.isEmpty)
            }
        }
        let watcher = try fanout.added("a")
        let begun = seen(fanout.begin(watcher, now: .milliseconds(400)))
        #expect(begun.map(\.first) == Array(1...10))
        let more = source.next(isKey: false).flatMap { fanout.receive($0, feed: 1, now: .milliseconds(440)) }
        let all = begun + seen(more)
        #expect(all.map(\.first) == Array(1...11))
        for (former, next) in zip(all, all.dropFirst()) {
            #expect(next.sequenceNumber == former.sequenceNumber &+ 1)
            // What is kept is gone through at once; what comes has its own pace.
            #expect(next.timestamp == former.timestamp &+ (next.first == 11 ? 3600 : 90))
        }
        let isDue = fanout.isKeyFrameDue(now: .milliseconds(440))
        #expect(!isDue)
    }

    @Test("of a screen on which nothing happens a joiner sees the last picture, an hour later")
    func screen() throws {
        var fanout = TrackFanout<String>(isAudio: false)
        var source = CountingSource()
        for number in 0..<3 {
            for packet in source.next(isKey: number == 0) { _ = fanout.receive(packet, feed: 1, now: .zero) }
        }
        for minute in 1...60 { fanout.choose(now: .seconds(60 * minute)) }
        let watcher = try fanout.added("a")
        let begun = seen(fanout.begin(watcher, now: .seconds(3600)))
        #expect(begun.map(\.first) == [1, 2, 3])
    }

    @Test("who cannot begin with what is kept asks for a key frame, and a hundred ask once")
    func asks() throws {
        var fanout = TrackFanout<String>(isAudio: false)
        var source = CountingSource()
        for packet in source.next(isKey: false) { _ = fanout.receive(packet, feed: 1, now: .zero) }
        for number in 0..<100 {
            let watcher = try fanout.added("\(number)")
            let begun = fanout.begin(watcher, now: .zero)
            #expect(begun.isEmpty)
        }
        let due = [fanout.isKeyFrameDue(now: .zero), fanout.isKeyFrameDue(now: .milliseconds(1))]
        #expect(due == [true, false])
        let packets = source.next(isKey: true).flatMap { fanout.receive($0, feed: 1, now: .milliseconds(10)) }
        #expect(packets.count == 100)
        let isDue = fanout.isKeyFrameDue(now: .seconds(10))
        #expect(!isDue)
    }

    @Test("a large group is not sent to who joins, if the source can be asked for a key frame")
    func largeGroup() throws {
        for canAsk in [true, false] {
            var fanout = TrackFanout<String>(isAudio: false)
            fanout.canMakeKeyFrames = canAsk
            var source = CountingSource()
            for number in 0..<40 {
                for packet in source.next(isKey: number == 0, bytes: 10_000) {
                    _ = fanout.receive(packet, feed: 1, now: .milliseconds(40 * number))
                }
            }
            let watcher = try fanout.added("a")
            let begun = fanout.begin(watcher, now: .seconds(2))
            let isDue = fanout.isKeyFrameDue(now: .seconds(2))
            #expect(begun.isEmpty == canAsk && isDue == canAsk)
        }
    }

    @Test("a source that cannot make a key frame is answered for with what is kept, once a second")
    func answersFromCache() throws {
        var fanout = TrackFanout<String>(isAudio: false)
        fanout.canMakeKeyFrames = false
        var source = CountingSource()
        let watcher = try fanout.added("a")
        _ = fanout.begin(watcher, now: .zero)
        for number in 0..<5 {
            for packet in source.next(isKey: number == 0) {
                _ = fanout.receive(packet, feed: 1, now: .milliseconds(40 * number))
            }
        }
        let answers = [200, 900, 1300].map { seen(fanout.begin(watcher, now: .milliseconds($0))).map(\.first) }
        #expect(answers == [[], [], [1, 2, 3, 4, 5]])
    }

    @Test("a source that does not answer for two seconds is answered for with what is kept")
    func unanswered() throws {
        var fanout = TrackFanout<String>(isAudio: false)
        var source = CountingSource()
        let watcher = try fanout.added("a")
        _ = fanout.begin(watcher, now: .zero)
        for number in 0..<3 {
            for packet in source.next(isKey: number == 0) { _ = fanout.receive(packet, feed: 1, now: .zero) }
        }
        let asked = seen(fanout.begin(watcher, now: .seconds(5)))
        let isDue = fanout.isKeyFrameDue(now: .seconds(5))
        let early = fanout.choose(now: .milliseconds(6900))
        let late = seen(fanout.choose(now: .seconds(7)))
        #expect(asked.isEmpty && isDue && early.isEmpty && late.map(\.first) == [1, 2, 3])
        let again = fanout.choose(now: .seconds(10))
        #expect(again.isEmpty)
    }

    @Test("of several sizes each watcher has one that fits it, and goes over without a gap")
    func sizes() throws {
        var fanout = TrackFanout<String>(isAudio: false)
        var source = CountingSource()
        var counts: [String: [UInt16]] = [:]
        func feed(_ range: Range<Int>, keys: Bool) {
            for number in range {
                for (name, bytes) in [("l", 250), ("h", 5000)] {
                    let isKey = keys && number == range.lowerBound
                    let frame = CountingSource.frame(
                        UInt8(number % 200), isKey: isKey, name: name, size: name == "h" ? 64 : 16, bytes: bytes)
                    for packet in source.cut(frame) {
                        for made in fanout.receive(packet, feed: 1, now: .milliseconds(40 * number)) {
                            counts[made.outlet, default: []].append(made.packet.sequenceNumber)
                        }
                    }
                }
                if number % 5 == 0 { fanout.choose(now: .milliseconds(40 * number)) }
            }
        }
        feed(0..<50, keys: true)
        let slow = try fanout.added("slow")
        let fast = try fanout.added("fast")
        let small = try fanout.added("small", WatchingWishes(maximumHeight: 20))
        fanout.setBudget(100_000, of: slow)
        fanout.setBudget(5_000_000, of: fast)
        for watcher in [slow, fast, small] {
            for made in fanout.begin(watcher, now: .seconds(2)) {
                counts[made.outlet, default: []].append(made.packet.sequenceNumber)
            }
        }
        feed(50..<100, keys: true)
        #expect(fanout.layer(of: slow)?.name == "l" && fanout.layer(of: small)?.name == "l")
        #expect(fanout.layer(of: fast)?.name == "h" && fanout.layer(of: fast)?.size?.height == 64)
        // It gets worse for one, better for the other; each waits for a key frame.
        fanout.setBudget(100_000, of: fast)
        fanout.setBudget(5_000_000, of: slow)
        feed(100..<150, keys: false)
        #expect(fanout.layer(of: slow)?.name == "l")
        let isDue = fanout.isKeyFrameDue(now: .seconds(6))
        #expect(isDue)
        feed(150..<200, keys: true)
        #expect(fanout.layer(of: slow)?.name == "h" && fanout.layer(of: fast)?.name == "l")
        for (_, numbers) in counts {
            for (former, next) in zip(numbers, numbers.dropFirst()) { #expect(next == former &+ 1) }
        }
    }

    @Test("a picture that is more than can be sent is sent all the same, or nobody would know that it can")
    func least() throws {
        var fanout = TrackFanout<String>(isAudio: false)
        var source = CountingSource()
        let watcher = try fanout.added("a")
        fanout.setBudget(1000, of: watcher)
        _ = fanout.begin(watcher, now: .zero)
        var count = 0
        for number in 0..<50 {
            for packet in source.next(isKey: number == 0, bytes: 5000) {
                count += fanout.receive(packet, feed: 1, now: .milliseconds(40 * number)).count
            }
            fanout.choose(now: .milliseconds(40 * number))
        }
        #expect(count == 50 * 5)
    }

    @Test("a pause takes effect at once, and after it there is a picture at once")
    func pause() throws {
        var fanout = TrackFanout<String>(isAudio: false)
        var source = CountingSource()
        let watcher = try fanout.added("a")
        _ = fanout.begin(watcher, now: .zero)
        func feed(_ isKey: Bool) -> [Seen] {
            seen(
                source.next(isKey: isKey).flatMap {
                    fanout.receive($0, feed: 1, now: .milliseconds(40 * Int(source.number)))
                })
        }
        let before = [feed(true).count, feed(false).count]
        _ = fanout.setWishes(WatchingWishes(isPaused: true), of: watcher, now: .milliseconds(100))
        let paused = [feed(false).count, feed(false).count]
        #expect(before == [1, 1] && paused == [0, 0])
        let back = seen(fanout.setWishes(WatchingWishes(), of: watcher, now: .seconds(2)))
        #expect(back.map(\.first) == [1, 2, 3, 4])
    }

    @Test("two tracks with the same SSRC are two sources, and another track takes over at its key frame")
    func feeds() throws {
        var fanout = TrackFanout<String>(isAudio: false)
        var (first, second) = (CountingSource(), CountingSource())
        let watcher = try fanout.added("a")
        _ = fanout.begin(watcher, now: .zero)
        var numbers: [UInt16] = []
        for packet in first.next(isKey: true) {
            numbers += seen(fanout.receive(packet, feed: 1, now: .zero)).map(\.sequenceNumber)
        }
        fanout.remove(feed: 1)
        for packet in second.next(isKey: false) {
            let made = fanout.receive(packet, feed: 2, now: .seconds(1))
            #expect(made.isEmpty)
        }
        for packet in second.next(isKey: true) {
            numbers += seen(fanout.receive(packet, feed: 2, now: .seconds(1))).map(\.sequenceNumber)
        }
        #expect(numbers.count == 2 && numbers[1] == numbers[0] &+ 1)
        #expect(fanout.sources.count == 1)
    }

    @Test("a track that begins anew with another SSRC takes over, though its picture is smaller")
    func restarts() throws {
        var fanout = TrackFanout<String>(isAudio: false)
        let watcher = try fanout.added("a")
        _ = fanout.begin(watcher, now: .zero)
        func packet(_ ssrc: UInt32, size: UInt8, at seconds: Int) throws -> [TrackFanout<String>.Delivery] {
            let packet = RTPPacket(
                payloadType: 96, sequenceNumber: 7, timestamp: 1, ssrc: ssrc, marker: true,
                payload: [0x10, 0x10, 0, 0, 0x9D, 1, 0x2A, size, 0, size, 0, 1])
            let received = ReceivedPacket(bytes: try packet.encoded(), codec: "video/VP8", clockRate: 90_000)
            return fanout.receive(received, feed: 1, now: .seconds(seconds))
        }
        let first = try packet(1, size: 64, at: 1)
        let early = try packet(2, size: 16, at: 1)
        let second = try packet(2, size: 16, at: 3)
        #expect(first.count == 1 && early.isEmpty && second.count == 1)
        #expect(fanout.sources.count == 1 && fanout.layer(of: watcher)?.size?.width == 16)
    }

    @Test("who asks for key frames again and again gets one a second at most")
    func floods() throws {
        var fanout = TrackFanout<String>(isAudio: false)
        var source = CountingSource()
        let watcher = try fanout.added("a")
        _ = fanout.begin(watcher, now: .zero)
        var asked = 0
        for tick in 0..<1000 {
            let now = Duration.milliseconds(10 * tick)
            _ = fanout.begin(watcher, now: now)
            if tick % 20 == 0 { fanout.choose(now: now) }
            let isDue = fanout.isKeyFrameDue(now: now)
            if isDue { asked += 1 }
            for packet in source.next(isKey: isDue || tick == 0) { _ = fanout.receive(packet, feed: 1, now: now) }
        }
        #expect((5...10).contains(asked), "\(asked) key frames in 10 s")
    }

    @Test("a watcher that has lost a packet gets nothing that needs it, and begins anew with what is kept")
    func loses() throws {
        var fanout = TrackFanout<String>(isAudio: false)
        var source = CountingSource()
        let (slow, other) = (try fanout.added("slow"), try fanout.added("other"))
        for watcher in [slow, other] { _ = fanout.begin(watcher, now: .zero) }
        func feed(_ isKey: Bool, at milliseconds: Int) -> [String] {
            source.next(isKey: isKey).flatMap { fanout.receive($0, feed: 1, now: .milliseconds(milliseconds)) }
                .map(\.outlet).sorted()
        }
        let before = [feed(true, at: 0), feed(false, at: 40)]
        fanout.lose(slow, now: .seconds(2))
        let after = feed(false, at: 2000)
        let kept = seen(fanout.choose(now: .milliseconds(2100)))
        let again = feed(false, at: 2140)
        #expect(before == [["other", "slow"], ["other", "slow"]] && after == ["other"])
        #expect(kept.map(\.first) == [1, 2, 3] && kept.allSatisfy { $0.watcher == "slow" })
        #expect(again == ["other", "slow"])
    }

    @Test("sources and watchers are bounded, and what is no packet of the codec goes nowhere")
    func bounds() throws {
        var limits = TrackFanout<String>.Limits()
        limits.watchers = 2
        var fanout = TrackFanout<String>(isAudio: false, limits: limits)
        let added = ["a", "b", "c"].map { fanout.add($0, wishes: WatchingWishes()) != nil }
        #expect(added == [true, true, false] && fanout.watcherCount == 2)
        for ssrc in 1...100 as ClosedRange<UInt32> {
            let packet = RTPPacket(
                payloadType: 96, sequenceNumber: 1, timestamp: 1, ssrc: ssrc,
                payload: [0x10, 0x10, 0, 0, 0x9D, 1, 0x2A, 16, 0, 16, 0])
            let bytes = try packet.encoded()
            let received = ReceivedPacket(bytes: bytes, codec: "video/VP8", clockRate: 90_000)
            _ = fanout.receive(received, feed: 1, now: .seconds(Int(ssrc)))
            #expect(fanout.sources.count <= limits.sources)
        }
        for (bytes, codec) in [
            ([], "video/VP8"), ([0x80], "video/VP8"), ([UInt8](repeating: 0, count: 20), "video/VP8"),
            ([UInt8](repeating: 0x80, count: 12), "audio/opus"), ([UInt8](repeating: 0x80, count: 20), "video/unknown"),
        ] as [([UInt8], String)] {
            let received = ReceivedPacket(bytes: bytes, codec: codec, clockRate: 90_000)
            let made = fanout.receive(received, feed: 9, now: .seconds(200))
            #expect(made.isEmpty)
        }
    }
}

extension TrackFanout {
    mutating func added(_ outlet: Outlet, _ wishes: WatchingWishes = WatchingWishes()) throws -> Int {
        let number = add(outlet, wishes: wishes)
        return try #require(number)
    }
}
