import TestSupport
import Testing

@testable import RTP

@Suite("Sound that is repeated")
struct RedundantAudioTests {
    @Test("is read as RFC 2198 §3 has it, each payload with its own type and time")
    func reading() throws {
        let payload: [UInt8] = [0x80 | 5, 0x00, 0xC0, 3, 0x80 | 7, 0x02, 0x80, 0, 0x60, 1, 2, 3, 9, 9]
        let red = try RedundantAudio(payload.span, timestamp: 10)
        #expect(red.blocks.map(\.payloadType) == [5, 7, 0x60])
        #expect(red.blocks.map(\.timestamp) == [UInt32.max - 37, UInt32.max - 149, 10])
        #expect(red.blocks.map(\.range) == [9..<12, 12..<12, 12..<14])
        let only = try RedundantAudio(([0x60] as [UInt8]).span, timestamp: 3)
        #expect(only.blocks == [.init(payloadType: 0x60, timestamp: 3, range: 1..<1)])
        for count in [0, 1, 3, 4, 8, 9, 11] {
            #expect(throws: RTPError.self) { try RedundantAudio(Array(payload.prefix(count)).span, timestamp: 0) }
        }
        let empty: [UInt8] = [0x80, 0, 0, 0]
        for (count, isRead) in [(31, true), (32, false)] {
            let bytes = Array(repeatElement(empty, count: count).joined()) + [0]
            let read = try? RedundantAudio(bytes.span, timestamp: 0)
            #expect((read != nil) == isRead)
        }
    }

    @Test("is sent on without what it repeats, with the type of what is left and without its padding")
    func withoutRepetitions() throws {
        let red = RTPPacket(
            payloadType: 63, sequenceNumber: 5, timestamp: 960, ssrc: 9, marker: true,
            extensions: [RTPExtensionElement(id: 3, value: [1])],
            payload: [0x80 | 111, 0x0F, 0x00, 2, 111, 1, 2, 3, 4, 5], paddingCount: 4)
        let bytes = try red.encoded()
        let header = try RTPHeader(parsing: bytes.span)
        let own = RedundantAudio.withoutRepetitions(bytes.span, header) ?? []
        let packet = try RTPPacket(parsing: own.span)
        #expect(packet.payloadType == 111 && packet.marker && packet.payload == [3, 4, 5] && packet.paddingCount == 0)
        #expect(packet.sequenceNumber == 5 && packet.timestamp == 960 && packet.extensions == red.extensions)
        var cut = red
        (cut.payload, cut.paddingCount) = ([0x80 | 111, 0x0F], 0)
        let short = try cut.encoded()
        let none = RedundantAudio.withoutRepetitions(short.span, try RTPHeader(parsing: short.span))
        #expect(none == nil)
    }

    @Test("is written with as many payloads before it as there are, and are small and young enough")
    func writing() throws {
        var writer = RedundantAudioWriter(payloadType: 111, distance: 2)
        func write(_ count: Int, _ timestamp: UInt32, _ maximum: Int = 1200) throws -> [Int] {
            let payload = [UInt8](repeating: UInt8(truncatingIfNeeded: timestamp), count: count)
            let bytes = writer.write(payload.span, timestamp: timestamp, maximumSize: maximum)
            let red = try RedundantAudio(bytes.span, timestamp: timestamp)
            let last = try #require(red.blocks.last)
            #expect(Array(bytes[last.range]) == payload && red.blocks.allSatisfy { $0.payloadType == 111 })
            for block in red.blocks {
                let isItsOwn = bytes[block.range].allSatisfy { $0 == UInt8(truncatingIfNeeded: block.timestamp) }
                #expect(isItsOwn)
            }
            return red.blocks.dropLast().map { Int(timestamp &- $0.timestamp) }
        }
        #expect(try write(10, UInt32.max - 5) == [])
        #expect(try write(20, 954) == [960])
        #expect(try write(30, 1914) == [1920, 960])
        #expect(try write(40, 2874) == [1920, 960], "two, and no more")
        #expect(try write(50, 3834, 50 + 1 + 44) == [960], "there is room for one")
        #expect(try write(1024, 4794) == [1920, 960] && write(5, 5754) == [], "too long to be repeated")
        #expect(try write(5, 5754 + 16_383) == [16_383] && write(5, 5754 + 16_383 * 2 + 1) == [])
        writer.forget()
        #expect(try write(5, 40_000) == [])
    }

    @Test("fills the gaps of a jitter buffer: of two packets in a row, either may be lost")
    func repair() throws {
        var random = SeededGenerator(seed: 41)
        for distance in 1...2 {
            var writer = RedundantAudioWriter(payloadType: 111, distance: distance)
            var buffer = JitterBuffer(format: OpusFormat(), settings: .init(kind: .audio, clockRate: 48_000))
            var outputs: [JitterBuffer.Output] = []
            var (lost, run) = (0, 0)
            for index in 0..<2_000 {
                let timestamp = UInt32.max - 48_000 &+ UInt32(index) &* 960
                let payload: [UInt8] = [0xF8, UInt8(truncatingIfNeeded: index >> 8), UInt8(truncatingIfNeeded: index)]
                let bytes = writer.write(payload.span, timestamp: timestamp, maximumSize: 1200)
                if index > 0, index < 1_999, run < distance, Int.random(in: 0..<3, using: &random) == 0 {
                    (lost, run) = (lost + 1, run + 1)
                    continue
                }
                run = 0
                let packet = try RTPPacket(
                    payloadType: 63, sequenceNumber: 65_000 &+ UInt16(index), timestamp: timestamp, ssrc: 1,
                    payload: bytes
                ).encoded()
                let header = try RTPHeader(parsing: packet)
                let now = Duration.milliseconds(20 * index)
                try buffer.insertRedundant(header, payload: packet.span.extracting(header.payload), now: now)
                outputs += buffer.all(now: now)
            }
            let frames = outputs.compactMap(\.frame)
            #expect(lost > 300 && frames.count == outputs.count)
            #expect(frames.map { Int($0.bytes[1]) << 8 | Int($0.bytes[2]) } == Array(0..<2_000))
            #expect(frames.allSatisfy { $0.payloadType == 111 && $0.lostBefore == 0 })
        }
    }

    @Test("of another packet than it seems does not bring sound out of order")
    func wrongPlace() throws {
        var buffer = JitterBuffer(format: OpusFormat(), settings: .init(kind: .audio, clockRate: 48_000))
        func packet(_ number: UInt16, _ timestamp: UInt32, _ payload: [UInt8]) throws {
            let packet = try RTPPacket(
                payloadType: 63, sequenceNumber: number, timestamp: timestamp, ssrc: 1, payload: payload
            ).encoded()
            let header = try RTPHeader(parsing: packet)
            try buffer.insertRedundant(header, payload: packet.span.extracting(header.payload), now: .zero)
        }
        try packet(1, 960, [0x80 | 111, 0, 0, 1, 111, 7, 8])
        // What it repeats is of packet 1, and packet 2 is missing.
        try packet(3, 2_880, [0x80 | 111, 0x1E, 0, 1, 111, 8, 9])
        let outputs = buffer.all(now: .seconds(1))
        #expect(outputs.compactMap(\.frame).map(\.bytes) == [[8], [9]])
        #expect(outputs.compactMap(\.loss).map(\.packetCount) == [1])
    }
}
