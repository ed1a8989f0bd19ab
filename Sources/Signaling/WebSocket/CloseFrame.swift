internal import NIOCore
internal import NIOWebSocket

extension WebSocketFrame {
    /// A close frame; the reason is cut to what a control frame holds (RFC 6455 §5.5).
    static func close(code: UInt16?, reason: String, maskKey: WebSocketMaskingKey?, _ allocator: ByteBufferAllocator)
        -> Self
    {
        var data = allocator.buffer(capacity: 2 + reason.utf8.count)
        if let code {
            data.writeInteger(code)
            var text = reason
            while text.utf8.count > 123 { text.removeLast() }
            data.writeString(text)
        }
        return WebSocketFrame(fin: true, opcode: .connectionClose, maskKey: maskKey, data: data)
    }

    /// Whether an endpoint may send this code (RFC 6455 §7.4).
    static func maySend(_ code: UInt16) -> Bool {
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}
