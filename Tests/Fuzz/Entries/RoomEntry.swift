import Forwarding
import RTP
import WebRTC

@testable import Streaming

/// What a room does with the packets of its members, whatever they are: three sources of one picture, some who watch, and who
/// speaks. Each watcher's stream has no number twice, and all of it is bounded.
enum RoomEntry {
    private static let codecs = [
        "video/VP8", "video/VP9", "video/AV1", "video/H264", "video/H265", "audio/opus", "text/none",
    ]

    @Sendable static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        var room = State(isAudio: input.below(8) == 0)
        while !input.isEmpty { try room.step(&input) }
        for name in room.names { room.leave(name) }
        try FuzzFinding.require(room.fanout.watcherCount == 0, "somebody stays")
    }

    private struct State {
        var fanout: TrackFanout<Int>
        var speaker = ActiveSpeaker()
        var now = Duration.zero
        /// By the watcher's number, those of the packets that it has got of one stream.
        var seen: [Int: (source: UInt32, numbers: Set<UInt16>, highest: UInt16)] = [:]

        init(isAudio: Bool) {
            var limits = TrackFanout<Int>.Limits()
            (limits.sources, limits.watchers) = (3, 4)
            fanout = TrackFanout(isAudio: isAudio, limits: limits)
        }

        var names: [Int] { Array(seen.keys) }

        mutating func leave(_ watcher: Int) {
            fanout.remove(watcher: watcher)
            seen[watcher] = nil
        }

        mutating func step(_ input: inout FuzzInput) throws {
            now += .milliseconds(input.below(100))
            let watcher = seen.isEmpty ? 0 : seen.keys.sorted()[input.below(seen.count)]
            switch input.below(16) {
            case 0:
                if let added = fanout.add(0, wishes: WatchingWishes()) { seen[added] = (0, [], 0) }
            case 1: leave(watcher)
            case 2: try take(fanout.begin(watcher, now: now))
            case 3: fanout.lose(watcher, now: now)
            case 4: fanout.remove(feed: input.below(2))
            case 5: fanout.setBudget(input.flag() ? nil : input.number() * 16, of: watcher)
            case 6:
                var wishes = WatchingWishes()
                (wishes.isPaused, wishes.maximumWidth) = (input.flag(), input.flag() ? nil : input.number())
                try take(fanout.setWishes(wishes, of: watcher, now: now))
            case 7:
                try take(fanout.choose(now: now))
                _ = fanout.isKeyFrameDue(now: now)
                _ = (fanout.choices(of: watcher, now: now), fanout.layer(of: watcher))
            case 8:
                if let level = AudioLevel([input.byte()].span) {
                    speaker.note(level, of: UInt64(input.below(3)), now: now)
                }
                _ = speaker.update(now: now)
            default: try receive(&input)
            }
            try FuzzFinding.require(
                fanout.sources.count <= 3 && fanout.watcherCount <= 4, "there is more than there may be")
        }

        private mutating func receive(_ input: inout FuzzInput) throws {
            var bytes = [0x80, input.byte(), 0, input.byte(), 0, 0, input.byte(), input.byte(), 0, 0, 0]
            bytes.append(UInt8(input.below(3)))
            if input.flag() { bytes[0] = 0x90 }
            bytes += input.take(input.below(80))
            let packet = ReceivedPacket(
                bytes: bytes, codec: input.below(10) == 0 ? nil : input.choice(RoomEntry.codecs),
                clockRate: input.below(2) * 90_000,
                streamID: input.choice([nil, "h", "l"]), descriptorID: input.flag() ? 5 : nil)
            try take(fanout.receive(packet, feed: input.below(2), now: now))
        }

        private mutating func take(_ deliveries: [TrackFanout<Int>.Delivery]) throws {
            for (watcher, _, packet) in deliveries {
                guard var before = seen[watcher] else { throw FuzzFinding("somebody gets a packet who is not there") }
                try FuzzFinding.require(
                    packet.payload.upperBound <= packet.bytes.count && packet.descriptor?.count ?? 0 <= 255,
                    "a packet has more than there is")
                let number = packet.sequenceNumber
                if before.source != packet.source { before = (packet.source, [], number) }
                try FuzzFinding.require(before.numbers.insert(number).inserted, "a number is used twice")
                if Int16(bitPattern: number &- before.highest) > 0 { before.highest = number }
                before.numbers = before.numbers.filter { abs(Int(Int16(bitPattern: before.highest &- $0))) < 4096 }
                seen[watcher] = before
            }
        }
    }
}
