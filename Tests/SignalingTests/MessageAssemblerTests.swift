import NIOCore
import NIOWebSocket
import Testing

@testable import Signaling

@Suite("messages from WebSocket frames (RFC 6455)")
struct MessageAssemblerTests {
    private func frame(
        _ opcode: WebSocketOpcode, _ bytes: [UInt8], fin: Bool = true, rsv1: Bool = false, isMasked: Bool = true
    ) -> WebSocketFrame {
        let key: WebSocketMaskingKey? = isMasked ? [1, 2, 3, 4] : nil
        var data = ByteBuffer(bytes: bytes)
        if let key { data.webSocketMask(key) }
        return WebSocketFrame(fin: fin, rsv1: rsv1, opcode: opcode, maskKey: key, data: data)
    }

    @Test("fragments are joined, control frames between them are delivered at once")
    func fragments() {
        var assembler = MessageAssembler(limit: 100, isServer: true)
        #expect(assembler.receive(frame(.text, [0x61], fin: false)) == nil)
        #expect(assembler.receive(frame(.ping, [7])) == .ping(ByteBuffer(bytes: [7])))
        #expect(assembler.receive(frame(.continuation, [0x62], fin: false)) == nil)
        #expect(assembler.receive(frame(.continuation, [0x63])) == .text([0x61, 0x62, 0x63]))
        #expect(assembler.receive(frame(.binary, [1])) == .binary([1]))
        #expect(assembler.receive(frame(.connectionClose, [3, 0xE8, 0x6F])) == .close(code: 1000))
        #expect(assembler.receive(frame(.connectionClose, [])) == .close(code: nil))
    }

    @Test("a message above the limit is dropped whole, and the next one is good")
    func tooLarge() {
        var assembler = MessageAssembler(limit: 4, isServer: true)
        #expect(assembler.receive(frame(.text, [1, 2, 3], fin: false)) == nil)
        #expect(assembler.receive(frame(.continuation, [1, 2], fin: false)) == nil)
        #expect(assembler.receive(frame(.continuation, [1])) == .tooLarge)
        #expect(assembler.receive(frame(.text, [0x61, 0x61, 0x61, 0x61])) == .text([0x61, 0x61, 0x61, 0x61]))
    }

    @Test("what breaks the protocol is a violation")
    func violations() {
        func code(_ frames: [WebSocketFrame], isServer: Bool = true) -> UInt16? {
            var assembler = MessageAssembler(limit: 100, isServer: isServer)
            var last: MessageAssembler.Event?
            for frame in frames { last = assembler.receive(frame) }
            guard case .violation(let code, _)? = last else { return nil }
            return code
        }
        #expect(code([frame(.text, [], isMasked: false)]) == 1002)
        #expect(code([frame(.text, [])], isServer: false) == 1002)
        #expect(code([frame(.text, [], rsv1: true)]) == 1002)
        #expect(code([frame(.continuation, [])]) == 1002)
        #expect(code([frame(.text, [], fin: false), frame(.text, [])]) == 1002)
        #expect(code([frame(.text, [0xFF])]) == 1007)
        #expect(code([frame(WebSocketOpcode(encodedWebSocketOpcode: 3) ?? .text, [])]) == 1002)
    }
}
