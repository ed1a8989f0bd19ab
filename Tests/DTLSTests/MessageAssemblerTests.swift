import TestSupport
import Testing

@testable import DTLS

@Suite("Messages put together from fragments")
struct MessageAssemblerTests {
    private func record(_ part: Range<Int>, of body: [UInt8], sequence: UInt8 = 1) -> [UInt8] {
        func number(_ value: Int) -> [UInt8] { [0, UInt8(value >> 8), UInt8(value & 255)] }
        let content =
            [11] + number(body.count) + [0, sequence] + number(part.lowerBound) + number(part.count)
            + Array(body[part])
        return Record.plain(.handshake, number: 0, content)
    }

    private func add(_ record: [UInt8], to assembler: inout MessageAssembler) -> [HandshakeMessage] {
        MessageFragment.all(in: record.span).flatMap { assembler.add($0, of: record.span, datagram: 0) }
    }

    @Test("fragments in any order, repeated and overlapping, give the message once", arguments: 1...50)
    func anyOrder(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let body = (0..<3000).map { _ in UInt8.random(in: 0...255, using: &random) }
        var parts = stride(from: 0, to: 3000, by: 500).map { start in
            start..<min(3000, start + Int.random(in: 500...700, using: &random))
        }
        parts += parts.prefix(3)
        parts.shuffle(using: &random)
        var assembler = MessageAssembler()
        let found = parts.flatMap { add(record($0, of: body), to: &assembler) }
        #expect(found.count >= 1 && found.allSatisfy { $0.body == body && $0.sequence == 1 })
    }

    @Test("a forged fragment contradicts nothing but itself: the message comes with its repetition at the latest")
    func contradiction() {
        let body = [UInt8](repeating: 1, count: 1000)
        let forged = [UInt8](repeating: 9, count: 1000)
        var assembler = MessageAssembler()
        var found = add(record(400..<600, of: forged), to: &assembler)
        #expect(found.isEmpty)
        found += add(record(0..<500, of: body), to: &assembler) + add(record(500..<1000, of: body), to: &assembler)
        found += add(record(0..<500, of: body), to: &assembler) + add(record(500..<1000, of: body), to: &assembler)
        #expect(found.contains { $0.body == body })
    }

    @Test("a forged fragment in the middle does not change what the peer has sent")
    func middle() {
        let body = [UInt8](repeating: 1, count: 1000)
        var assembler = MessageAssembler()
        var found = add(record(0..<500, of: body), to: &assembler)
        found += add(record(400..<600, of: [UInt8](repeating: 9, count: 1000)), to: &assembler)
        found += add(record(500..<1000, of: body), to: &assembler)
        #expect(found.map(\.body) == [body])
    }

    @Test("small messages under way are bounded in number")
    func number() {
        var assembler = MessageAssembler()
        for sequence in 0..<200 as Range<UInt8> {
            _ = add(record(0..<1, of: [UInt8](repeating: 1, count: 100), sequence: sequence), to: &assembler)
        }
        #expect(assembler.byteCount == MessageAssembler.maximumCount * 100)
    }

    @Test("absurd lengths and offsets are no fragments, and what is under way is bounded")
    func bounds() {
        var assembler = MessageAssembler()
        for (length, offset, count) in [(16_001, 0, 1), (10, 8, 3), (10, 0, 0), (1 << 24 - 1, 1 << 24 - 2, 1)] {
            func number(_ value: Int) -> [UInt8] { [UInt8(value >> 16), UInt8(value >> 8 & 255), UInt8(value & 255)] }
            let content = [11] + number(length) + [0, 1] + number(offset) + number(count) + [0, 0, 0, 0]
            let bytes = Record.plain(.handshake, number: 0, content)
            let found = MessageFragment.all(in: bytes.span)
            #expect(found.isEmpty)
        }
        let body = [UInt8](repeating: 1, count: 16_000)
        for sequence in 0..<200 as Range<UInt8> {
            let found = add(record(0..<1, of: body, sequence: sequence), to: &assembler)
            #expect(found.isEmpty)
            #expect(assembler.byteCount <= MessageAssembler.maximumBytes)
        }
    }
}
