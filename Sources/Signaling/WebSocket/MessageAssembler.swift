internal import NIOCore
internal import NIOWebSocket

/// Puts messages together from WebSocket frames and checks the rules of RFC 6455 that the frame decoder leaves open.
struct MessageAssembler {
    enum Event: Equatable {
        case text([UInt8])
        case binary([UInt8])
        /// A message above the limit; its bytes are dropped.
        case tooLarge
        case ping(ByteBuffer)
        case pong
        /// The other end closes, with this code if it gave one.
        case close(code: UInt16?)
        /// The connection has to be closed with this code (§7.4.1).
        case violation(code: UInt16, reason: String)
    }

    private struct Partial {
        let isText: Bool
        var bytes: [UInt8] = []
        var isTooLarge = false
    }

    private let limit: Int
    private let isServer: Bool
    private var partial: Partial?

    /// - Parameter isServer: frames must be masked; those to a client must not be (§5.1).
    init(limit: Int, isServer: Bool) {
        self.limit = limit
        self.isServer = isServer
    }

    /// What the frame completes; nil when more has to come.
    mutating func receive(_ frame: WebSocketFrame) -> Event? {
        guard (frame.maskKey != nil) == isServer else {
            return .violation(code: 1002, reason: isServer ? "a frame is not masked" : "a frame is masked")
        }
        guard !frame.rsv1, !frame.rsv2, !frame.rsv3 else {
            return .violation(code: 1002, reason: "a reserved bit is set")
        }
        switch frame.opcode {
        case .ping: return .ping(frame.unmaskedData)
        case .pong: return .pong
        case .connectionClose:
            var data = frame.unmaskedData
            return .close(code: data.readInteger(as: UInt16.self))
        case .text, .binary:
            guard partial == nil else { return .violation(code: 1002, reason: "a message begins within another") }
            return add(frame, to: Partial(isText: frame.opcode == .text))
        case .continuation:
            guard let partial else { return .violation(code: 1002, reason: "nothing is there to be continued") }
            return add(frame, to: partial)
        default: return .violation(code: 1002, reason: "an unknown opcode")
        }
    }

    private mutating func add(_ frame: WebSocketFrame, to message: Partial) -> Event? {
        var message = message
        partial = nil
        let data = frame.unmaskedData
        if message.isTooLarge || data.readableBytes > limit - message.bytes.count {
            message.isTooLarge = true
            message.bytes = []
        } else {
            message.bytes.append(contentsOf: data.readableBytesView)
        }
        guard frame.fin else {
            partial = message
            return nil
        }
        if message.isTooLarge { return .tooLarge }
        guard message.isText else { return .binary(message.bytes) }
        guard String(validating: message.bytes, as: UTF8.self) != nil else {
            return .violation(code: 1007, reason: "a text is not UTF-8")
        }
        return .text(message.bytes)
    }
}
