internal import NIOCore

/// Writes WebSocket frames, each a whole message or a control frame (RFC 6455 §5.2).
enum WebSocketFrame {
    /// What a frame carries (§5.2, §11.8). The others are reserved.
    enum Opcode: UInt8 {
        case continuation = 0
        case text = 1
        case binary = 2
        case close = 8
        case ping = 9
        case pong = 10

        var isControl: Bool { rawValue >= 8 }
    }

    /// A control frame carries no more bytes than this (§5.5).
    static let controlLimit = 125

    /// A frame with all of a message in it.
    ///
    /// - Parameter isMasked: a client masks each frame with a new random key, a server never does
    ///   (§5.1, §5.3).
    static func encode(_ opcode: Opcode, _ payload: some Collection<UInt8>, isMasked: Bool) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: payload.count + 14)
        buffer.writeInteger(0x80 | opcode.rawValue)
        let mask: UInt8 = isMasked ? 0x80 : 0
        switch payload.count {
        case ...125: buffer.writeInteger(mask | UInt8(payload.count))
        case ...0xFFFF:
            buffer.writeInteger(mask | 126)
            buffer.writeInteger(UInt16(payload.count))
        default:
            buffer.writeInteger(mask | 127)
            buffer.writeInteger(UInt64(payload.count))
        }
        guard isMasked else {
            buffer.writeBytes(payload)
            return buffer
        }
        let word = UInt32.random(in: .min ... .max)  // the system's generator, which cannot be foreseen (§10.3)
        let key = [UInt8(word >> 24), UInt8(word >> 16 & 0xFF), UInt8(word >> 8 & 0xFF), UInt8(word & 0xFF)]
        buffer.writeBytes(key)
        buffer.writeBytes(payload.enumerated().map { index, byte in byte ^ key[index & 3] })
        return buffer
    }

    /// A close frame; the reason is cut to what a control frame holds. A code that may not be sent
    /// is left out.
    static func close(code: UInt16?, reason: String, isMasked: Bool) -> ByteBuffer {
        var payload: [UInt8] = []
        if let code, mayCarry(code) {
            payload = [UInt8(code >> 8), UInt8(code & 0xFF)]
            var text = reason
            while text.utf8.count > controlLimit - 2 { text.removeLast() }
            payload += text.utf8
        }
        return encode(.close, payload, isMasked: isMasked)
    }

    /// Whether a close frame may carry this code (§7.4): those that are defined, and those of
    /// libraries and applications.
    static func mayCarry(_ code: UInt16) -> Bool {
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}
