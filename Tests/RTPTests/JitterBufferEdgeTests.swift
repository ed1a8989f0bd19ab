import TestSupport
import Testing

@testable import RTP

/// Sources that behave in odd ways, and what must not change anything.
@Suite("A jitter buffer, at its edges")
struct JitterBufferEdgeTests {
    private static func video(
        _ format: some RTPPayloadFormat = VP8Format(), _ change: (inout JitterBuffer.Settings) -> Void = { _ in }
    ) -> JitterBuffer {
        var settings = JitterBuffer.Settings(kind: .video, clockRate: 90_000)
        change(&settings)
        return JitterBuffer(format: format, settings: settings)
    }

    private static func audio() -> JitterBuffer {
        JitterBuffer(format: OpusFormat(), settings: .init(kind: .audio, clockRate: 48_000))
    }

    private static let key: [UInt8] = [0x10, 0, 1]
    private static let delta: [UInt8] = [0x10, 1, 1]
    private static let rest: [UInt8] = [0, 1, 1]

    private static func packet(
        _ number: UInt16, _ timestamp: UInt32, _ payload: [UInt8], marker: Bool = false
    ) -> JitterPacket {
        JitterPacket(number: number, timestamp: timestamp, marker: marker, payload: payload)
    }

    /// A packet of 20 ms of sound.
    private static func sound(_ index: Int) -> JitterPacket {
        packet(UInt16(truncatingIfNeeded: index), UInt32(index) &* 960, [0xF8, UInt8(truncatingIfNeeded: index)])
    }

    @Test("what follows a frame that was broken off is no key frame, though it looks like the beginning of one")
    func broken() throws {
        var buffer = Self.video()
        buffer.update(roundTrip: .milliseconds(50))
        try buffer.insert(Self.packet(0, 0, Self.key), now: .zero)
        try buffer.insert(Self.packet(1, 0, Self.rest, marker: true), now: .zero)
        #expect(buffer.frames(now: .zero).count == 1)
        // A part of it is missing.
        try buffer.insert(Self.packet(2, 3000, Self.delta), now: .zero)
        try buffer.insert(Self.packet(4, 3000, Self.key, marker: true), now: .zero)
        #expect(buffer.nextDeadline == .milliseconds(150), "nothing behind the gap is whole")
        #expect(buffer.all(now: .milliseconds(150)).isEmpty && buffer.needsKeyFrame)
        try buffer.insert(Self.packet(5, 6000, Self.key, marker: true), now: .seconds(1))
        #expect(buffer.frames(now: .seconds(1)).map(\.timestamp) == [6000])
        // It has no beginning.
        try buffer.insert(Self.packet(6, 9000, Self.rest), now: .seconds(1))
        try buffer.insert(Self.packet(7, 9000, Self.key, marker: true), now: .seconds(1))
        #expect(buffer.all(now: .seconds(9)).isEmpty && buffer.needsKeyFrame)
    }

    @Test("what cannot be joined is no frame")
    func unreadable() throws {
        var buffer = Self.video(H264Format())
        try buffer.insert(Self.packet(0, 0, [0x65, 0x80]), now: .zero)
        try buffer.insert(Self.packet(1, 0, [0x7C, 0x45], marker: true), now: .zero)
        #expect(buffer.all(now: .seconds(1)).isEmpty && buffer.needsKeyFrame)
    }

    @Test("what a format holds back counts for the length of a frame")
    func heldBack() throws {
        var buffer = Self.video(AV1Format()) { $0.maximumFrameBytes = 5_000 }
        try buffer.insert(Self.packet(0, 0, [0x18, 0x08, 1], marker: true), now: .zero)
        #expect(buffer.frames(now: .zero).count == 1)
        try buffer.insert(Self.packet(1, 3000, [0x50, 0x30, 1]), now: .zero)
        for number in 2..<6 as Range<UInt16> {
            #expect(!buffer.needsKeyFrame)
            try buffer.insert(Self.packet(number, 3000, [0xD0] + [UInt8](repeating: 1, count: 1_400)), now: .zero)
        }
        #expect(buffer.needsKeyFrame)
    }

    @Test("a packet that only fills may end a frame", arguments: [false, true])
    func fillingEnd(isHeld: Bool) throws {
        var buffer = Self.video()
        let packets = [Self.packet(0, 0, Self.key), Self.packet(1, 0, []), Self.packet(2, 0, [], marker: true)]
        try buffer.insert(Self.packet(9, 9000, Self.key, marker: true), now: .zero)
        if !isHeld { buffer.reset() }
        if isHeld { #expect(buffer.frames(now: .zero).count == 1) }
        buffer = Self.video()
        for packet in isHeld ? packets.reversed() : packets { try buffer.insert(packet, now: .zero) }
        let frames = buffer.frames(now: .zero)
        #expect(frames.map(\.packetCount) == [1] && frames.map(\.marker) == [true])
        // In order, behind a frame.
        try buffer.insert(Self.packet(3, 3000, Self.delta), now: .zero)
        try buffer.insert(Self.packet(4, 3000, [], marker: true), now: .zero)
        #expect(buffer.frames(now: .zero).map(\.timestamp) == [3000])
    }

    @Test("a key frame without an end is not whole where the middle of another follows")
    func noEnd() throws {
        var buffer = Self.video()
        try buffer.insert(Self.packet(0, 0, Self.key), now: .zero)
        try buffer.insert(Self.packet(1, 3000, Self.rest, marker: true), now: .zero)
        #expect(buffer.all(now: .seconds(1)).isEmpty && buffer.needsKeyFrame)
    }

    @Test("what stands in front of a key frame and begins nothing is left out")
    func tail() throws {
        var buffer = Self.video()
        try buffer.insert(Self.packet(0, 0, Self.rest), now: .zero)
        try buffer.insert(Self.packet(1, 0, Self.key, marker: true), now: .zero)
        #expect(buffer.frames(now: .zero).map(\.packetCount) == [1])
    }

    @Test("a key frame that comes in slowly may have a gap for a while")
    func slowWithGap() throws {
        var buffer = Self.video()
        let packets = (0..<10).map { index in
            Self.packet(UInt16(index), 0, index == 0 ? Self.key : Self.rest, marker: index == 9)
        }
        for packet in packets where packet.number != 6 {
            try buffer.insert(packet, now: .milliseconds(250 * Int(packet.number)))
        }
        try buffer.insert(packets[6], now: .milliseconds(2_300))
        #expect(buffer.frames(now: .seconds(3)).map(\.packetCount) == [10])
    }

    @Test("a flush breaks off a frame without an end, and another format all that there was")
    func flush() throws {
        var buffer = Self.video()
        try buffer.insert(Self.packet(0, 0, Self.key, marker: true), now: .zero)
        buffer.flush()
        #expect(!buffer.needsKeyFrame)
        try buffer.insert(Self.packet(1, 3000, Self.delta), now: .zero)
        buffer.flush()
        try buffer.insert(Self.packet(2, 3000, Self.rest, marker: true), now: .zero)
        #expect(buffer.frames(now: .zero).map(\.timestamp) == [0] && buffer.needsKeyFrame)
        try buffer.insert(Self.packet(3, 6000, Self.key, marker: true), now: .zero)
        #expect(buffer.frames(now: .zero).count == 1 && !buffer.needsKeyFrame)
        buffer.setFormat(VP8Format())
        #expect(buffer.needsKeyFrame)
    }

    @Test("single packets from elsewhere do not make a source begin anew, however many there are")
    func outliers() throws {
        var buffer = Self.audio()
        let numbers: [UInt16] = [10, 40_000, 11, 40_001, 12, 40_002, 40_002, 13, 50_000, 20_000, 14]
        for number in numbers {
            try buffer.insert(Self.packet(number, UInt32(number) * 960, [0xF8]), now: .zero)
        }
        #expect(buffer.frames(now: .zero).map(\.timestamp) == [10, 11, 12, 13, 14].map { $0 * 960 })
    }

    @Test("a source that begins anew with two packets in the wrong order loses none, and has other timestamps")
    func restart() throws {
        var buffer = Self.audio()
        try buffer.insert(Self.packet(1, 0x8000_0064, [0xF8]), now: .zero)
        for (number, timestamp) in [(40_001, 101), (40_000, 99), (40_003, 105), (40_002, 103)] as [(UInt16, UInt32)] {
            try buffer.insert(Self.packet(number, timestamp, [0xF8]), now: .zero)
        }
        let frames = buffer.frames(now: .zero)
        #expect(frames.map(\.rtpTimestamp) == [0x8000_0064, 99, 101, 103, 105])
        #expect(zip(frames.dropFirst(), frames.dropFirst(2)).allSatisfy { $1.timestamp - $0.timestamp == 2 })
    }

    @Test("repetitions and packets that only fill do not make it wait longer")
    func noise() throws {
        var buffer = Self.audio()
        var number: UInt16 = 0
        for index in 0..<500 {
            let now = Duration.milliseconds(20 * index)
            try buffer.insert(Self.packet(number, UInt32(index) * 960, [0xF8, 1]), now: now)
            // Of a time long ago.
            try buffer.insert(Self.packet(number &+ 1, 0, []), now: now)
            if index > 10 {
                try buffer.insert(Self.packet(number &- 20, UInt32(index - 10) * 960, [0xF8, 1]), now: now)
            }
            number &+= 2
            _ = buffer.all(now: now)
        }
        #expect(buffer.patience == .milliseconds(5))
    }

    @Test("clocks that drift, and timestamps that jump, do not make it wait longer")
    func clocks() throws {
        var (buffer, longest) = (Self.audio(), Duration.zero)
        for index in 0..<10_000 {
            // The sender's is slower by a thousandth, and jumps at half of the time.
            var packet = Self.sound(index)
            packet.timestamp &-= UInt32(index) + (index < 5_000 ? 0 : 480_000)
            try buffer.insert(packet, now: .milliseconds(20 * index))
            _ = buffer.all(now: .milliseconds(20 * index))
            longest = max(longest, buffer.patience)
        }
        #expect(longest <= .milliseconds(25))
    }

    @Test("a packet that is late counts once, however often it comes")
    func lateOnce() throws {
        var buffer = Self.audio()
        for index in 0..<400 where index != 300 {
            try buffer.insert(Self.sound(index), now: .milliseconds(20 * index))
            _ = buffer.all(now: .milliseconds(20 * index + 19))
            guard index > 305 else { continue }
            if index < 330 { try buffer.insert(Self.sound(300), now: .milliseconds(20 * index + 19)) }
        }
        #expect(buffer.patience == .milliseconds(5))
    }

    @Test("where sound is missing is told by the packets around it, pauses included")
    func pauses() throws {
        var buffer = Self.audio()
        // 2 and 5 are missing, and there are pauses of a second behind them.
        for (index, timestamp) in [(0, 0), (1, 960), (3, 50_880), (4, 51_840), (6, 101_760)] as [(UInt16, UInt32)] {
            try buffer.insert(Self.packet(index, timestamp, [0xF8]), now: .zero)
            _ = buffer.next(now: .zero)
        }
        let losses = buffer.all(now: .seconds(1)).compactMap(\.loss)
        #expect(losses.map(\.timestamps) == [1_920..<50_880, 52_800..<101_760])
        // Without a distance that is known, the middle.
        buffer.reset()
        for (index, timestamp) in [(0, 0), (2, 1_920), (4, 97_920)] as [(UInt16, UInt32)] {
            try buffer.insert(Self.packet(index, timestamp, [0xF8]), now: .zero)
        }
        let others = buffer.all(now: .seconds(1)).compactMap(\.loss)
        #expect(others.map(\.timestamps) == [960..<1_920, 49_920..<97_920])
    }

    @Test("of frames that nobody takes none is left that needs one that was dropped, and there are not too many")
    func untaken() throws {
        var buffer = Self.video { $0.maximumPackets = 50 }
        for number in 0..<200 as Range<UInt16> {
            let payload = number == 0 ? Self.key : Self.delta
            try buffer.insert(Self.packet(number, UInt32(number) * 3000, payload, marker: true), now: .zero)
            #expect(buffer.byteCount <= 51 * 3)
        }
        #expect(buffer.needsKeyFrame && buffer.all(now: .zero).isEmpty)
    }

    @Test("what waits for a key frame is let go when the source is silent, and a whole one is found behind a loss")
    func silence() throws {
        var buffer = Self.video()
        // A key frame that still comes in may take its time, but not for ever.
        for packet in VideoJitterBufferTests.packets(0, 0, key: true, count: 500).dropLast() {
            try buffer.insert(packet, now: .zero)
        }
        #expect(buffer.all(now: .seconds(2)).isEmpty && buffer.byteCount > 0)
        var turns = 0
        while let deadline = buffer.nextDeadline, turns < 100 {
            #expect(buffer.all(now: deadline).isEmpty)
            turns += 1
        }
        #expect(buffer.byteCount == 0 && turns < 10)
        // The frame in front breaks while it is joined, and the next is whole already.
        try buffer.insert(VideoJitterBufferTests.packets(1000, 3000, key: true)[0], now: .seconds(9))
        try buffer.insert(VideoJitterBufferTests.packets(1001, 3000, key: true)[0], now: .seconds(9))
        _ = buffer.all(now: .seconds(9))
        let broken = VideoJitterBufferTests.packets(1002, 6000, count: 2)
        try buffer.insert(broken[0], now: .seconds(9))
        for packet in VideoJitterBufferTests.packets(1004, 9000, key: true, count: 2) {
            try buffer.insert(packet, now: .seconds(9))
        }
        try buffer.insert(JitterPacket(number: 1003, timestamp: 7000, marker: true, payload: [0]), now: .seconds(9))
        #expect(buffer.frames(now: .seconds(9)).map(\.timestamp).last == 9000)
    }

    @Test("numbers without an end do not come to one")
    func farTimestamps() throws {
        var buffer = Self.video()
        var timestamp: UInt32 = 0
        var (count, highest) = (0, Int64.min)
        var packet = VideoJitterBufferTests.packets(0, 0, key: true)[0]
        for _ in 0..<140_000 {
            try buffer.insert(packet, now: .zero)
            for frame in buffer.frames(now: .zero) { (count, highest) = (count + 1, max(highest, frame.timestamp)) }
            (packet.number, timestamp) = (packet.number &+ 1, timestamp &+ 0x7FFF_FFFF)
            packet.timestamp = timestamp
        }
        #expect(count == 140_000 && highest < 1 << 49)
    }
}
