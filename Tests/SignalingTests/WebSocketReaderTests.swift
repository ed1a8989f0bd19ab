import NIOCore
import TestSupport
import Testing

@testable import Signaling

@Suite("messages from the bytes of a WebSocket (RFC 6455 §5 to §7)")
struct WebSocketReaderTests {
    /// What the reader makes of bytes that come in pieces of a size.
    private func outcomes(_ bytes: [UInt8], isServer: Bool, every size: Int) -> [FrameCase.Outcome] {
        var reader = WebSocketReader(limit: 65536, dropLimit: 65536, isServer: isServer)
        var outcomes: [FrameCase.Outcome] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            var buffer = ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)])
            while let event = reader.next(&buffer) {
                switch event {
                case .text(let bytes), .binary(let bytes): outcomes.append(.message(bytes))
                case .ping(let data): outcomes.append(.pong(Array(data.readableBytesView)))
                case .pong: break
                case .close(let code): outcomes.append(.close(code))
                case .violation(let code, _): outcomes.append(.close(code))
                case .tooLarge: outcomes.append(.close(1009))
                }
            }
            #expect(buffer.readableBytes == 0)
        }
        return outcomes
    }

    @Test("each case comes out the same at either end, whole and in pieces", arguments: FrameCase.all + FrameCase.plain)
    func cases(_ frameCase: FrameCase) {
        for isServer in [true, false] {
            let bytes = frameCase.frames.flatMap { $0.bytes(isMasked: isServer) }
            for size in [1, 7, 997, max(1, bytes.count)] {
                #expect(outcomes(bytes, isServer: isServer, every: size) == frameCase.outcomes)
            }
        }
    }

    @Test("a text that is wrong is said in the midst of its frame, which may never end")
    func failsFast() {
        for isServer in [true, false] {
            for wrong: [UInt8] in [[0xFF], [0xC0], [0xED, 0xA0], [0xF4, 0x90]] {
                let payload = Array("xy".utf8) + wrong
                let whole = FrameCase.Frame(opcode: 1, payload: payload, length: (8, 70_000)).bytes(isMasked: isServer)
                var reader = WebSocketReader(limit: 100_000, dropLimit: 100_000, isServer: isServer)
                var start = ByteBuffer(bytes: whole.dropLast())
                #expect(wrong.count == 1 || reader.next(&start) == nil)
                var rest = ByteBuffer(bytes: wrong.count == 1 ? whole[...] : whole.suffix(1))
                guard case .violation(1007, _)? = reader.next(&rest) else {
                    Issue.record("\(wrong) was not noticed")
                    continue
                }
            }
        }
    }

    @Test("empty messages are messages, and bytes are told from text")
    func kinds() {
        var reader = WebSocketReader(limit: 10, dropLimit: 10, isServer: false)
        var buffer = ByteBuffer(bytes: [0x81, 0, 0x82, 0, 0x82, 1, 0xFF])
        #expect(reader.next(&buffer) == .text([]))
        #expect(reader.next(&buffer) == .binary([]))
        #expect(reader.next(&buffer) == .binary([0xFF]))
        #expect(reader.next(&buffer) == nil)
    }

    @Test(
        "a message above the limit is dropped while it comes, the next one is good; above the second limit it is 1009")
    func tooLarge() {
        var reader = WebSocketReader(limit: 4, dropLimit: 1000, isServer: false)
        var buffer = ByteBuffer(bytes: [0x01, 3, 1, 2, 3, 0x80, 2])
        #expect(reader.next(&buffer) == nil)
        #expect(reader.heldBytes == 0)
        buffer = ByteBuffer(bytes: [4, 5, 0x81, 4, 0x61, 0x61, 0x61, 0x61])
        #expect(reader.next(&buffer) == .tooLarge)
        #expect(reader.next(&buffer) == .text([0x61, 0x61, 0x61, 0x61]))
        buffer = ByteBuffer(bytes: [0x01, 126, 0x03, 0xE8] + [UInt8](repeating: 32, count: 1000) + [0, 1])
        guard case .violation(1009, _)? = reader.next(&buffer) else {
            Issue.record("a message of 1001 bytes was not refused")
            return
        }
        buffer = ByteBuffer(bytes: [0x81, 0])
        #expect(reader.next(&buffer) == nil, "nothing is read behind it")
    }

    @Test("what a frame announces takes no memory, what has come does, and no more than about twice the limit")
    func memory() {
        var reader = WebSocketReader(limit: 65536, dropLimit: 1 << 20, isServer: false)
        var buffer = ByteBuffer(bytes: [0x81, 127, 0, 0, 0, 0, 0, 0x0F, 0, 0])
        #expect(reader.next(&buffer) == nil)
        #expect(reader.heldBytes == 0)
        buffer = ByteBuffer(repeating: 32, count: 500_000)
        #expect(reader.next(&buffer) == nil)
        #expect(reader.heldBytes == 0, "it will be too large")
        reader = WebSocketReader(limit: 65536, dropLimit: 1 << 20, isServer: false)
        buffer = ByteBuffer(bytes: [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0] + [UInt8](repeating: 32, count: 65535))
        #expect(reader.next(&buffer) == nil)
        #expect((65535...131072).contains(reader.heldBytes))
        reader.keepNothing()
        #expect(reader.heldBytes == 0)
        buffer = ByteBuffer(bytes: [32, 0x88, 0])
        #expect(reader.next(&buffer) == .tooLarge)
        #expect(reader.next(&buffer) == .close(code: nil))
    }

    @Test("any bytes are read without a trap, to the end or to the first error", arguments: 0..<20 as Range<UInt64>)
    func anything(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            var bytes = (FrameCase.all.randomElement(using: &generator)?.frames ?? []).prefix(4)
                .flatMap { $0.bytes(isMasked: true).prefix(300) }
            for _ in 0..<3 {
                guard let index = bytes.indices.randomElement(using: &generator) else { continue }
                bytes[index] = .random(in: .min ... .max, using: &generator)
            }
            var reader = WebSocketReader(limit: 100, dropLimit: 200, isServer: true)
            var buffer = ByteBuffer(bytes: bytes)
            var isOver = false
            while let event = reader.next(&buffer) {
                #expect(!isOver, "nothing follows the end")
                switch event {
                case .violation, .close: isOver = true
                default: break
                }
            }
            #expect(buffer.readableBytes == 0)
        }
    }

    @Test("frames are written with the shortest length, a new mask each, and no code that nobody may send")
    func writing() {
        for count in [0, 125, 126, 65535, 65536] {
            let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
            for isMasked in [true, false] {
                var buffer = WebSocketFrame.encode(.binary, payload, isMasked: isMasked)
                var reader = WebSocketReader(limit: 1 << 20, dropLimit: 1 << 20, isServer: isMasked)
                #expect(reader.next(&buffer) == .binary(payload))
                #expect(buffer.readableBytes == 0)
            }
        }
        let masks = Set((0..<50).map { _ in Array(WebSocketFrame.encode(.ping, [], isMasked: true).readableBytesView) })
        #expect(masks.count == 50)
        let long = WebSocketFrame.close(code: 1000, reason: String(repeating: "ü", count: 100), isMasked: false)
        #expect(long.readableBytes == 2 + 2 + 122)
        #expect(WebSocketFrame.close(code: 1006, reason: "x", isMasked: false).readableBytes == 2)
    }
}
