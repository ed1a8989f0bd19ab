import TestSupport
import Testing

@testable import RTP

/// A packet on its way.
struct JitterPacket {
    var number: UInt16
    var timestamp: UInt32
    var marker = false
    var payload: [UInt8]
    var payloadType: UInt8 = 96
}

extension JitterBuffer {
    mutating func insert(_ packet: JitterPacket, now: Duration) throws {
        let bytes = try RTPPacket(
            payloadType: packet.payloadType, sequenceNumber: packet.number, timestamp: packet.timestamp, ssrc: 1,
            marker: packet.marker, payload: packet.payload
        ).encoded()
        let header = try RTPHeader(parsing: bytes)
        insert(header, payload: bytes.span.extracting(header.payload), now: now)
    }

    mutating func all(now: Duration) -> [Output] {
        var outputs: [Output] = []
        while let output = next(now: now) { outputs.append(output) }
        return outputs
    }

    mutating func frames(now: Duration) -> [ReceivedFrame] { all(now: now).compactMap(\.frame) }
}

extension JitterBuffer.Output {
    var frame: ReceivedFrame? { if case .frame(let frame) = self { frame } else { nil } }
    var loss: JitterBuffer.Loss? { if case .loss(let loss) = self { loss } else { nil } }
}

@Suite("A jitter buffer for video")
struct VideoJitterBufferTests {
    private static func buffer(_ change: (inout JitterBuffer.Settings) -> Void = { _ in }) -> JitterBuffer {
        var settings = JitterBuffer.Settings(kind: .video, clockRate: 90_000)
        change(&settings)
        return JitterBuffer(format: VP8Format(), settings: settings)
    }

    /// The packets of a frame, of so many.
    static func packets(
        _ number: UInt16, _ timestamp: UInt32, key: Bool = false, count: Int = 1, size: Int = 10, marker: Bool = true
    ) -> [JitterPacket] {
        (0..<count).map { index in
            let first: [UInt8] = index == 0 ? [0x10, key ? 0 : 1] : [0x00, 7]
            return JitterPacket(
                number: number &+ UInt16(index), timestamp: timestamp, marker: marker && index == count - 1,
                payload: first + [UInt8](repeating: UInt8(truncatingIfNeeded: index), count: size - 1))
        }
    }

    @Test("frames that are in order come at once, from a key frame on")
    func inOrder() throws {
        var buffer = Self.buffer()
        #expect(buffer.needsKeyFrame && buffer.nextDeadline == nil)
        for packet in Self.packets(65_533, 0xFFFF_F000, count: 2) { try buffer.insert(packet, now: .zero) }
        #expect(buffer.all(now: .zero).isEmpty && buffer.nextDeadline == .seconds(1), "they are not held for ever")
        for packet in Self.packets(65_535, 0xFFFF_FFF0, key: true, count: 3) {
            #expect(buffer.needsKeyFrame)
            try buffer.insert(packet, now: .milliseconds(Int(packet.number & 3)))
        }
        let key = try #require(buffer.frames(now: .milliseconds(1)).first)
        #expect(!buffer.needsKeyFrame && buffer.nextDeadline == nil)
        #expect(key.isKeyFrame && key.marker && key.packetCount == 3 && key.lostBefore == 0 && key.payloadType == 96)
        #expect(key.bytes.count == 30 && key.timestamp == 0xFFFF_FFF0 && key.rtpTimestamp == 0xFFFF_FFF0)
        #expect(key.firstArrival == .zero)
        try buffer.insert(Self.packets(2, 0x1000)[0], now: .milliseconds(9))
        let next = try #require(buffer.frames(now: .milliseconds(9)).first)
        #expect(!next.isKeyFrame && next.timestamp == 0x1_0000_1000 && next.rtpTimestamp == 0x1000)
        #expect(next.firstArrival == .milliseconds(9) && buffer.nextDeadline == nil)
    }

    @Test("a packet that is missing is waited for, some round trips long; then a key frame is needed")
    func patience() throws {
        var buffer = Self.buffer()
        buffer.update(roundTrip: .milliseconds(50))
        #expect(buffer.patience == .milliseconds(150))
        try buffer.insert(Self.packets(0, 0, key: true)[0], now: .zero)
        let second = Self.packets(1, 3000, count: 3)
        try buffer.insert(second[0], now: .zero)
        try buffer.insert(second[2], now: .milliseconds(10))
        try buffer.insert(Self.packets(4, 6000)[0], now: .milliseconds(20))
        #expect(buffer.frames(now: .milliseconds(159)).map(\.timestamp) == [0])
        #expect(buffer.nextDeadline == .milliseconds(160))
        var late = buffer
        try late.insert(second[1], now: .milliseconds(159))
        #expect(late.frames(now: .milliseconds(159)).map(\.timestamp) == [3000, 6000])
        #expect(buffer.all(now: .milliseconds(160)).isEmpty && buffer.needsKeyFrame)
        #expect(buffer.nextDeadline == .milliseconds(1010), "what is held is let go then")
        try buffer.insert(second[1], now: .milliseconds(161))
        try buffer.insert(Self.packets(5, 9000)[0], now: .milliseconds(170))
        #expect(buffer.all(now: .milliseconds(170)).isEmpty, "they need what was lost")
        try buffer.insert(Self.packets(6, 12_000, key: true)[0], now: .milliseconds(180))
        let frames = buffer.frames(now: .milliseconds(180))
        #expect(frames.map(\.timestamp) == [12_000] && frames.map(\.lostBefore) == [0] && !buffer.needsKeyFrame)
        for (roundTrip, patience) in [(0, 100), (20, 100), (100, 300), (9_000, 500)] {
            buffer.update(roundTrip: .milliseconds(roundTrip))
            #expect(buffer.patience == .milliseconds(patience))
        }
    }

    @Test("a key frame that is whole waits a round trip for what is missing before it, and no longer")
    func jump() throws {
        var buffer = Self.buffer()
        buffer.update(roundTrip: .milliseconds(40))
        try buffer.insert(Self.packets(0, 0, key: true)[0], now: .zero)
        try buffer.insert(Self.packets(2, 6000)[0], now: .zero)
        #expect(buffer.frames(now: .zero).count == 1 && buffer.nextDeadline == .milliseconds(120))
        for packet in Self.packets(3, 9000, key: true, count: 2) { try buffer.insert(packet, now: .milliseconds(1)) }
        #expect(buffer.all(now: .milliseconds(1)).isEmpty)
        #expect(buffer.nextDeadline == .milliseconds(60) && buffer.all(now: .milliseconds(59)).isEmpty)
        #expect(buffer.frames(now: .milliseconds(60)).map(\.timestamp) == [9000])
    }

    @Test("a frame without a marker bit ends where the next begins, and only there")
    func forgottenMarker() throws {
        var buffer = Self.buffer()
        let packets =
            Self.packets(0, 0, key: true, count: 2, marker: false) + Self.packets(2, 3000, count: 2, marker: false)
            + Self.packets(4, 6000, marker: false)
        for packet in packets { try buffer.insert(packet, now: .zero) }
        let frames = buffer.frames(now: .zero)
        #expect(frames.map(\.timestamp) == [0, 3000] && frames.map(\.marker) == [false, false])
        // The middle of a frame behind another's end.
        try buffer.insert(Self.packets(4, 9000, count: 2)[1], now: .zero)
        #expect(buffer.all(now: .zero).isEmpty && buffer.needsKeyFrame)
    }

    @Test("a frame of H.264 of which a part is gone does not begin behind the gap")
    func slices() throws {
        var buffer = JitterBuffer(format: H264Format(), settings: .init(kind: .video, clockRate: 90_000))
        func slice(_ number: UInt16, _ timestamp: UInt32, _ unit: [UInt8], marker: Bool = false) -> JitterPacket {
            JitterPacket(number: number, timestamp: timestamp, marker: marker, payload: unit)
        }
        try buffer.insert(slice(0, 0, [0x09, 0xF0]), now: .zero)
        try buffer.insert(slice(1, 0, [0x67, 1]), now: .zero)
        try buffer.insert(slice(2, 0, [0x65, 0x80, 1]), now: .zero)
        try buffer.insert(slice(3, 0, [0x65, 0x40, 2], marker: true), now: .zero)
        let first = try #require(buffer.frames(now: .zero).first)
        #expect(first.packetCount == 4 && first.isKeyFrame)
        for packet in [slice(5, 3000, [0x65, 0x40, 1]), slice(6, 3000, [0x65, 0x40, 2], marker: true)] {
            try buffer.insert(packet, now: .zero)
        }
        #expect(buffer.all(now: .seconds(1)).isEmpty && buffer.needsKeyFrame)
        // Only what stood in front of the parameters is gone.
        try buffer.insert(slice(8, 6000, [0x67, 1]), now: .seconds(1))
        try buffer.insert(slice(9, 6000, [0x65, 0x80, 1], marker: true), now: .seconds(1))
        let second = try #require(buffer.frames(now: .seconds(1)).first)
        #expect(second.packetCount == 2 && second.lostBefore == 2)
    }

    @Test("loss, reordering, repetition and filling: what can be decoded comes out, in order, and nothing else")
    func random() throws {
        var random = SeededGenerator(seed: 21)
        for round in 0..<40 {
            let lossPercent = [0, 1, 5, 20][round % 4]
            var (number, timestamp) = (UInt16(65_400), UInt32.max - 90_000)
            var arrivals: [(time: Int, packet: JitterPacket)] = []
            var (sent, expected): ([[UInt8]], [Int]) = ([], [])
            var (isDecodable, lastKey) = (false, 0)
            for index in 0..<300 {
                // So far apart that a later one is not whole before an earlier one.
                let isKey = index == 0 || index - lastKey > 4 && Int.random(in: 0..<20, using: &random) == 0
                if isKey { lastKey = index }
                let time = 1000 + 33 * index
                let size = Int.random(in: 0...6000, using: &random)
                let frame = [isKey ? 0 : 1] + [UInt8](repeating: UInt8.random(in: 0...255, using: &random), count: size)
                var (packets, format): ([JitterPacket], VP8Format) = ([], VP8Format(pictureID: 1))
                try format.cut(frame.span, maximumSize: 1100) { part in
                    var payload: [UInt8] = []
                    part.append(of: frame.span, to: &payload)
                    packets.append(
                        JitterPacket(number: number, timestamp: timestamp, marker: part.isLast, payload: payload))
                    number &+= 1
                }
                for _ in 0..<(Int.random(in: 0..<10, using: &random) == 0 ? 2 : 0) {
                    packets.append(JitterPacket(number: number, timestamp: timestamp, payload: []))
                    number &+= 1
                }
                timestamp &+= 2970
                var (isWhole, isChained) = (true, true)
                for packet in packets {
                    if Int.random(in: 0..<100, using: &random) < lossPercent {
                        if packet.payload.isEmpty { isChained = false } else { isWhole = false }
                        continue
                    }
                    for _ in 0..<(Int.random(in: 0..<20, using: &random) == 0 ? 2 : 1) {
                        arrivals.append((time + Int.random(in: 0...90, using: &random), packet))
                    }
                }
                isDecodable = isWhole && (isKey || isDecodable)
                if isDecodable { expected.append(index) }
                sent.append(frame)
                // What only fills may have been anything, for who has not got it.
                isDecodable = isDecodable && isChained
            }
            arrivals.sort { $0.time < $1.time }
            // A round trip that lets a key frame wait as long as all others.
            var buffer = Self.buffer { $0.delay = .milliseconds(300) ... .milliseconds(300) }
            buffer.update(roundTrip: .milliseconds(300))
            var frames: [ReceivedFrame] = []
            for (time, packet) in arrivals {
                let now = Duration.milliseconds(time)
                frames += buffer.frames(now: now)
                try buffer.insert(packet, now: now)
                frames += buffer.frames(now: now)
            }
            frames += buffer.frames(now: .seconds(100))
            let found = frames.map { Int(($0.timestamp - Int64(UInt32.max - 90_000)) / 2970) }
            #expect(found == expected, "round \(round)")
            let areSame = zip(frames, found).allSatisfy { $0.bytes == sent[$1] }
            #expect(areSame)
        }
    }

    @Test("what is held is bounded in number and in bytes, of a frame and in all")
    func bounds() throws {
        var buffer = Self.buffer()
        var number: UInt16 = 0
        func flood(_ count: Int) throws {
            for _ in 0..<count {
                var packet = Self.packets(number, 3000, size: 1199, marker: false)[0]
                if number > 1 { packet.payload[0] = 0 }
                try buffer.insert(packet, now: .zero)
                #expect(buffer.byteCount <= 8 << 20)
                number &+= 1
            }
        }
        try buffer.insert(Self.packets(0, 0, key: true)[0], now: .zero)
        #expect(buffer.frames(now: .zero).count == 1 && buffer.byteCount == 0)
        number = 1
        try flood(3_000)
        #expect(!buffer.needsKeyFrame && buffer.byteCount == 3_000 * 1200)
        try flood(1_000)
        #expect(buffer.needsKeyFrame && buffer.all(now: .zero).isEmpty, "more than 4 MiB")
        try flood(5_000)
        #expect(buffer.byteCount <= 2048 * 1200)
        try buffer.insert(Self.packets(number, 9000, key: true)[0], now: .zero)
        #expect(buffer.frames(now: .zero).count == 1)
        // Behind a gap.
        number &+= 2
        func packet(_ number: UInt16) -> JitterPacket { Self.packets(number, 12_000, size: 10_000)[0] }
        for _ in 0..<2_000 {
            try buffer.insert(packet(number), now: .zero)
            #expect(buffer.byteCount <= 8 << 20)
            number &+= 1
        }
        #expect(buffer.needsKeyFrame && buffer.all(now: .zero).isEmpty)
    }

    @Test("a key frame may take its time, unless a part of it is gone")
    func slowKeyFrame() throws {
        var buffer = Self.buffer()
        for packet in Self.packets(0, 0, count: 3) { try buffer.insert(packet, now: .zero) }
        for packet in Self.packets(3, 3000, key: true, count: 20) {
            try buffer.insert(packet, now: .milliseconds(300 * Int(packet.number)))
        }
        let frames = buffer.frames(now: .seconds(9))
        #expect(frames.map(\.packetCount) == [20] && frames[0].firstArrival == .milliseconds(900))
        var other = Self.buffer()
        let packets = Self.packets(3, 3000, key: true, count: 20)
        for packet in packets where packet.number != 9 {
            let now = Duration.milliseconds(300 * Int(packet.number))
            try other.insert(packet, now: now)
            #expect(other.all(now: now).isEmpty)
        }
        #expect(other.byteCount <= 8 * 11, "of a frame with a gap, only the last two seconds are held")
        try other.insert(packets[6], now: .seconds(9))
        #expect(other.frames(now: .seconds(9)).isEmpty && other.needsKeyFrame)
        for packet in Self.packets(30, 6000, key: true, count: 2) { try other.insert(packet, now: .seconds(9)) }
        #expect(other.frames(now: .seconds(9)).map(\.packetCount) == [2])
    }

    @Test("frames that nobody takes are given up")
    func untaken() throws {
        var buffer = Self.buffer()
        for number in 0..<3_000 as Range<UInt16> {
            let packet = Self.packets(number, UInt32(number) * 3000, key: number % 100 == 0, size: 20_000)[0]
            try buffer.insert(packet, now: .zero)
            #expect(buffer.byteCount <= 9 << 20)
        }
        let frames = buffer.frames(now: .zero)
        #expect(frames.first?.isKeyFrame == true && frames.last?.timestamp == 2_999 * 3_000)
        #expect(zip(frames, frames.dropFirst()).allSatisfy { $1.timestamp == $0.timestamp + 3_000 })
    }

    @Test("a source that begins anew is followed, and a single packet from elsewhere is not")
    func restart() throws {
        var buffer = Self.buffer()
        try buffer.insert(Self.packets(10, 0, key: true)[0], now: .zero)
        try buffer.insert(Self.packets(40_000, 77, key: true)[0], now: .zero)
        try buffer.insert(Self.packets(11, 3000)[0], now: .zero)
        #expect(buffer.frames(now: .zero).map(\.timestamp) == [0, 3000])
        for packet in Self.packets(30_000, 50_000, key: true, count: 3).reversed() {
            try buffer.insert(packet, now: .zero)
        }
        #expect(buffer.frames(now: .zero).map(\.packetCount) == [3])
        buffer.reset()
        #expect(buffer.needsKeyFrame)
    }

    @Test("another format begins with a key frame of its own")
    func format() throws {
        var buffer = Self.buffer()
        try buffer.insert(Self.packets(0, 0, key: true)[0], now: .zero)
        try buffer.insert(Self.packets(2, 6000, key: true, marker: false)[0], now: .zero)
        buffer.setFormat(H264Format())
        #expect(buffer.needsKeyFrame)
        let unit = JitterPacket(number: 3, timestamp: 9000, marker: true, payload: [0x65, 0x88], payloadType: 97)
        try buffer.insert(unit, now: .zero)
        let frames = buffer.frames(now: .zero)
        #expect(frames.map(\.payloadType) == [96, 97] && frames.last?.bytes == [0, 0, 0, 1, 0x65, 0x88])
        buffer.flush()
        #expect(!buffer.needsKeyFrame, "nothing was broken off")
    }
}

@Suite("A jitter buffer for audio")
struct AudioJitterBufferTests {
    private static func buffer(_ delay: ClosedRange<Duration>? = nil) -> JitterBuffer {
        JitterBuffer(format: OpusFormat(), settings: .init(kind: .audio, clockRate: 48_000, delay: delay))
    }

    private static func packet(_ index: Int, from number: UInt16 = 65_000, marker: Bool = false) -> JitterPacket {
        JitterPacket(
            number: number &+ UInt16(truncatingIfNeeded: index),
            timestamp: 0xFFFF_0000 &+ UInt32(index) &* 960, marker: marker,
            payload: [0xF8, UInt8(truncatingIfNeeded: index >> 8), UInt8(truncatingIfNeeded: index)])
    }

    @Test("what is in order comes at once; what is missing is marked once it was waited for")
    func loss() throws {
        var buffer = Self.buffer(.milliseconds(60) ... .milliseconds(60))
        #expect(!buffer.needsKeyFrame)
        for index in [0, 1] { try buffer.insert(Self.packet(index), now: .milliseconds(20 * index)) }
        let frames = buffer.frames(now: .milliseconds(20))
        #expect(frames.map(\.timestamp) == [0xFFFF_0000, 0xFFFF_03C0] && frames.allSatisfy(\.isKeyFrame))
        try buffer.insert(Self.packet(4), now: .milliseconds(80))
        try buffer.insert(Self.packet(4), now: .milliseconds(81))
        try buffer.insert(Self.packet(1), now: .milliseconds(81))
        #expect(buffer.all(now: .milliseconds(139)).isEmpty && buffer.nextDeadline == .milliseconds(140))
        let outputs = buffer.all(now: .milliseconds(140))
        let range = 0xFFFF_0000 + 960 * 2..<0xFFFF_0000 + 960 * 4 as Range<Int64>
        #expect(outputs.count == 2 && outputs[0].loss == .init(packetCount: 2, timestamps: range))
        #expect(outputs[1].frame?.lostBefore == 2 && outputs[1].frame?.bytes == Self.packet(4).payload)
        try buffer.insert(Self.packet(3), now: .milliseconds(141))
        #expect(buffer.all(now: .seconds(1)).isEmpty, "too late")
    }

    @Test("a pause of the sender's is no loss, nor is what only fills")
    func pause() throws {
        var buffer = Self.buffer()
        try buffer.insert(Self.packet(0), now: .zero)
        try buffer.insert(JitterPacket(number: 65_001, timestamp: 0, payload: []), now: .zero)
        var next = Self.packet(2, marker: true)
        next.timestamp &+= 480_000
        try buffer.insert(next, now: .seconds(10))
        let outputs = buffer.all(now: .seconds(10))
        #expect(outputs.count == 2 && outputs[1].frame?.marker == true && outputs[1].frame?.lostBefore == 0)
    }

    @Test("the wait follows how late packets are: it grows at once, and shrinks slowly")
    func adaptation() throws {
        var buffer = Self.buffer()
        func run(_ range: Range<Int>, late: (Int) -> Int) throws {
            for index in range {
                try buffer.insert(Self.packet(index), now: .milliseconds(20 * index + late(index)))
                _ = buffer.all(now: .milliseconds(20 * index + late(index)))
            }
        }
        try run(0..<200) { _ in 0 }
        #expect(buffer.patience == .milliseconds(5))
        try run(200..<300) { $0 % 10 == 0 ? 18 : 0 }
        #expect(buffer.patience == .milliseconds(20))
        // The whole path becomes slower.
        try run(300..<320) { _ in 150 }
        #expect(buffer.patience >= .milliseconds(150) && buffer.patience <= .milliseconds(160))
        try run(320..<370) { _ in 900 }
        #expect(buffer.patience == .milliseconds(200), "the most")
        try run(420..<700) { _ in 0 }
        let after = buffer.patience
        #expect(after < .milliseconds(200) && after > .milliseconds(80))
        try run(700..<2000) { _ in 0 }
        #expect(buffer.patience == .milliseconds(5))
    }

    @Test("packets that come after they were given up make it wait longer")
    func late() throws {
        var buffer = Self.buffer()
        for index in 0..<400 {
            // Every fifth comes behind the next one.
            let (number, time) =
                switch index % 5 {
                case 3: (index + 1, 20 * index + 20)
                case 4: (index - 1, 20 * index + 15)
                default: (index, 20 * index)
                }
            try buffer.insert(Self.packet(number), now: .milliseconds(time))
            _ = buffer.all(now: .milliseconds(time + 10))
        }
        #expect(buffer.patience >= .milliseconds(30), "it was 35 ms late")
    }

    @Test("loss, reordering and repetition: each packet once, in order, with a mark for each gap")
    func random() throws {
        var random = SeededGenerator(seed: 22)
        for round in 0..<24 {
            let lossPercent = [0, 2, 10, 50][round % 4]
            var arrivals: [(time: Int, index: Int)] = []
            var arrived: Set<Int> = []
            for index in 0..<2_000 where Int.random(in: 0..<100, using: &random) >= lossPercent {
                arrived.insert(index)
                for _ in 0..<(Int.random(in: 0..<20, using: &random) == 0 ? 2 : 1) {
                    arrivals.append((20 * index + Int.random(in: 0...90, using: &random), index))
                }
            }
            arrivals.sort { ($0.time, $0.index) < ($1.time, $1.index) }
            let first = try #require(arrivals.first).index
            var expected: [String] = []
            var gap = 0
            for index in first..<2_000 {
                guard arrived.contains(index) else {
                    gap += 1
                    continue
                }
                if gap > 0 { expected.append("lost \(gap) to \(index)") }
                gap = 0
                expected.append("\(index)")
            }
            var buffer = Self.buffer(.milliseconds(200) ... .milliseconds(200))
            var outputs: [JitterBuffer.Output] = []
            for (time, index) in arrivals {
                let now = Duration.milliseconds(time)
                outputs += buffer.all(now: now)
                try buffer.insert(Self.packet(index), now: now)
                outputs += buffer.all(now: now)
            }
            outputs += buffer.all(now: .seconds(100))
            let found = outputs.map { output in
                switch output {
                case .frame(let frame): "\(Int(frame.bytes[1]) << 8 | Int(frame.bytes[2]))"
                case .loss(let loss):
                    "lost \(loss.packetCount) to \((loss.timestamps.upperBound - 0xFFFF_0000) / 960)"
                }
            }
            #expect(found == expected, "round \(round)")
            #expect(
                outputs.compactMap(\.loss).allSatisfy { $0.timestamps.count == 960 * $0.packetCount }, "even distances")
        }
    }

    @Test("what cannot be read is lost, another format goes on in order, and a flush waits for nothing")
    func format() throws {
        var buffer = Self.buffer()
        try buffer.insert(Self.packet(0), now: .zero)
        try buffer.insert(Self.packet(2), now: .zero)
        buffer.setFormat(PCMFormat(), clockRate: 8_000)
        #expect(buffer.all(now: .zero).count == 3)
        try buffer.insert(Self.packet(3), now: .zero)
        try buffer.insert(Self.packet(9), now: .zero)
        try buffer.insert(Self.packet(8), now: .zero)
        buffer.flush()
        let outputs = buffer.all(now: .zero)
        #expect(outputs.compactMap(\.loss).map(\.packetCount) == [4] && outputs.count == 4)
        for index in 2_000..<2_003 { try buffer.insert(Self.packet(index), now: .zero) }
        let anew = buffer.frames(now: .zero)
        #expect(anew.count == 3 && anew[0].lostBefore == 0, "it has begun anew")
    }

    @Test("a buffer of few packets gives up the oldest gap when it is full")
    func full() throws {
        var settings = JitterBuffer.Settings(
            kind: .audio, clockRate: 48_000, delay: .seconds(9) ... .seconds(9))
        settings.maximumPackets = 8
        var buffer = JitterBuffer(format: OpusFormat(), settings: settings)
        for index in [0, 2, 4, 8] { try buffer.insert(Self.packet(index), now: .zero) }
        #expect(buffer.all(now: .zero).count == 1)
        try buffer.insert(Self.packet(9), now: .zero)
        #expect(buffer.all(now: .zero).compactMap(\.loss).map(\.packetCount) == [1])
        try buffer.insert(Self.packet(900), now: .zero)
        #expect(buffer.all(now: .zero).compactMap(\.loss).map(\.packetCount) == [1, 3])
    }
}
