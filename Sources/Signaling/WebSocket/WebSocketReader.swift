internal import NIOCore

/// Reads messages and control frames out of the bytes of a WebSocket, and checks what RFC 6455 §5
/// to §7 ask of them.
///
/// It keeps no more than a message's limit, whatever a frame announces: what is above it is counted
/// and dropped. Unfinished frames and unfinished messages are the same to it.
struct WebSocketReader {
    enum Event: Equatable {
        case text([UInt8])
        case binary([UInt8])
        /// A message above the limit; its bytes were dropped.
        case tooLarge
        case ping(ByteBuffer)
        case pong
        /// The other end closes, with this code if it gave one. Nothing follows.
        case close(code: UInt16?)
        /// The connection has to be failed with this code (§7.4.1). Nothing follows.
        case violation(code: UInt16, reason: String)
    }

    private struct Violation: Error {
        var code: UInt16 = 1002
        let reason: String
    }

    private struct Frame {
        let opcode: WebSocketFrame.Opcode
        let isFinal: Bool
        let key: [UInt8]
        var remaining: Int
        var position = 0

        /// The next byte of the payload without its mask (§5.3).
        mutating func unmasked(_ byte: UInt8) -> UInt8 {
            guard !key.isEmpty else { return byte }
            defer { position &+= 1 }
            return byte ^ key[position & 3]
        }

        /// The key for the next eight bytes at once.
        var wordKey: UInt64 {
            guard !key.isEmpty else { return 0 }
            return (0..<8).reduce(0) { $0 << 8 | UInt64(key[(position &+ $1) & 3]) }
        }
    }

    private struct Message {
        let isText: Bool
        var bytes = ByteBuffer()
        /// Of all its frames so far, also of what was dropped.
        var size = 0
        var check = UTF8Check()
        var isTooLarge = false
    }

    private var limit: Int
    private let dropLimit: Int
    private let isServer: Bool
    private var header: [UInt8] = []
    private var frame: Frame?
    private var message: Message?
    private var control: [UInt8] = []
    private var hasEnded = false

    /// - Parameters:
    ///   - limit: the largest message that is handed over, in bytes.
    ///   - dropLimit: a message above `limit` and up to this size is dropped; above it is a
    ///     violation, 1009.
    ///   - isServer: frames must be masked; those to a client must not be (§5.1).
    init(limit: Int, dropLimit: Int, isServer: Bool) {
        self.limit = max(0, limit)
        self.dropLimit = max(dropLimit, limit, 0)
        self.isServer = isServer
    }

    /// The memory that an unfinished message takes, in bytes.
    var heldBytes: Int { message?.bytes.storageCapacity ?? 0 }

    /// Takes bytes until something is complete; nil when all of them are used up. Call it again
    /// until then.
    mutating func next(_ buffer: inout ByteBuffer) -> Event? {
        do throws(Violation) {
            while !hasEnded {
                if frame == nil {
                    guard try readHeader(&buffer) else { return nil }
                }
                guard let frame = try readPayload(&buffer) else { return nil }
                self.frame = nil
                if let event = try frame.opcode.isControl ? endControl(frame) : endData(frame) { return event }
            }
        } catch {
            end()
            return .violation(code: error.code, reason: error.reason)
        }
        buffer.moveReaderIndex(to: buffer.writerIndex)
        return nil
    }

    /// Keeps no bytes of messages from now on, while control frames are still read.
    mutating func keepNothing() {
        limit = 0
        message?.bytes = ByteBuffer()
        message?.isTooLarge = true
    }

    private mutating func end() {
        hasEnded = true
        message = nil
        control = []
    }

    // MARK: Frames (§5.2)

    /// True when a header is complete.
    private mutating func readHeader(_ buffer: inout ByteBuffer) throws(Violation) -> Bool {
        while header.count < 2 || header.count < headerLength {
            guard let byte: UInt8 = buffer.readInteger() else { return false }
            header.append(byte)
            if header.count == 2 { try checkStart() }
        }
        let length = try payloadLength()
        guard let opcode = WebSocketFrame.Opcode(rawValue: header[0] & 0x0F) else {
            throw Violation(reason: "an unknown opcode")
        }
        let key = isServer ? Array(header.suffix(4)) : []
        frame = Frame(opcode: opcode, isFinal: header[0] & 0x80 != 0, key: key, remaining: length)
        header.removeAll(keepingCapacity: true)
        if !opcode.isControl { try begin(opcode, length) }
        return true
    }

    private var headerLength: Int {
        let extended =
            switch header[1] & 0x7F {
            case 126: 2
            case 127: 8
            default: 0
            }
        return 2 + extended + (header[1] & 0x80 != 0 ? 4 : 0)
    }

    /// What the first two bytes tell.
    private func checkStart() throws(Violation) {
        guard header[0] & 0x70 == 0 else {
            throw Violation(reason: "a reserved bit is set, and no extension was agreed on")
        }
        guard let opcode = WebSocketFrame.Opcode(rawValue: header[0] & 0x0F) else {
            throw Violation(reason: "an unknown opcode")
        }
        guard (header[1] & 0x80 != 0) == isServer else {
            throw Violation(reason: isServer ? "a client's frame is not masked" : "a server's frame is masked")
        }
        switch opcode {
        case .close, .ping, .pong:
            guard header[0] & 0x80 != 0 else { throw Violation(reason: "a control frame is fragmented") }
            guard header[1] & 0x7F <= WebSocketFrame.controlLimit else {
                throw Violation(reason: "a control frame is longer than \(WebSocketFrame.controlLimit) bytes")
            }
        case .text, .binary:
            guard message == nil else { throw Violation(reason: "a message begins within another") }
        case .continuation:
            guard message != nil else { throw Violation(reason: "nothing is there to be continued") }
        }
    }

    private func payloadLength() throws(Violation) -> Int {
        func number(_ count: Int) -> UInt64 { header[2..<(2 + count)].reduce(0) { $0 << 8 | UInt64($1) } }
        switch header[1] & 0x7F {
        case 126:
            let length = number(2)
            guard length > 125 else { throw Violation(reason: "a length is not written in the shortest form") }
            return Int(length)
        case 127:
            let length = number(8)
            guard length > 0xFFFF else { throw Violation(reason: "a length is not written in the shortest form") }
            guard let length = Int(exactly: length) else {
                throw Violation(reason: "the first bit of a length of 64 bits is set")
            }
            return length
        case let length: return Int(length)
        }
    }

    /// The frame that was read whole; nil when more of it has to come.
    private mutating func readPayload(_ buffer: inout ByteBuffer) throws(Violation) -> Frame? {
        guard var frame else { return nil }
        let count = min(frame.remaining, buffer.readableBytes)
        guard var chunk = buffer.readSlice(length: count) else { return nil }
        frame.remaining -= count
        if frame.opcode.isControl {
            for byte in chunk.readableBytesView { control.append(frame.unmasked(byte)) }
        } else if message?.isTooLarge == false {
            try take(&chunk, of: &frame)
        }
        self.frame = frame
        return frame.remaining == 0 ? frame : nil
    }

    // MARK: Messages (§5.4, §5.6)

    private mutating func begin(_ opcode: WebSocketFrame.Opcode, _ length: Int) throws(Violation) {
        var message = self.message ?? Message(isText: opcode == .text)
        self.message = nil
        let (size, overflows) = message.size.addingReportingOverflow(length)
        guard !overflows, size <= dropLimit else {
            throw Violation(code: 1009, reason: "a message is larger than \(dropLimit) bytes")
        }
        message.size = size
        if size > limit {
            message.isTooLarge = true
            message.bytes = ByteBuffer()
        }
        self.message = message
    }

    /// Eight bytes at a time where they are ASCII, which signaling is but for names.
    private mutating func take(_ chunk: inout ByteBuffer, of frame: inout Frame) throws(Violation) {
        guard var message else { return }
        self.message = nil  // so that the bytes are appended to in place
        let key = frame.wordKey
        while let word: UInt64 = chunk.readInteger() {
            let plain = word ^ key
            message.bytes.writeInteger(plain)
            if message.isText, !message.check.isComplete || plain & 0x8080_8080_8080_8080 != 0 {
                for shift in stride(from: 56, through: 0, by: -8) {
                    guard message.check.take(UInt8(truncatingIfNeeded: plain >> shift)) else { throw Self.notUTF8 }
                }
            }
        }
        // Eight bytes leave the key where it was.
        for byte in chunk.readableBytesView {
            let byte = frame.unmasked(byte)
            message.bytes.writeInteger(byte)
            if message.isText, !message.check.take(byte) { throw Self.notUTF8 }
        }
        self.message = message
    }

    private mutating func endData(_ frame: Frame) throws(Violation) -> Event? {
        guard frame.isFinal, let message else { return nil }
        self.message = nil
        if message.isTooLarge { return .tooLarge }
        let bytes = Array(message.bytes.readableBytesView)
        guard message.isText else { return .binary(bytes) }
        guard message.check.isComplete else { throw Self.notUTF8 }
        return .text(bytes)
    }

    private static let notUTF8 = Violation(code: 1007, reason: "a text is not UTF-8")

    // MARK: Control frames (§5.5)

    private mutating func endControl(_ frame: Frame) throws(Violation) -> Event? {
        let payload = control
        control = []
        switch frame.opcode {
        case .ping: return .ping(ByteBuffer(bytes: payload))
        case .pong: return .pong
        default:
            guard !payload.isEmpty else {
                end()
                return .close(code: nil)
            }
            guard payload.count > 1 else { throw Violation(reason: "a close code has one byte") }
            let code = UInt16(payload[0]) << 8 | UInt16(payload[1])
            guard WebSocketFrame.mayCarry(code) else {
                throw Violation(reason: "the close code \(code) is not allowed")
            }
            guard String(validating: payload.dropFirst(2), as: UTF8.self) != nil else {
                throw Violation(code: 1007, reason: "the reason for closing is not UTF-8")
            }
            end()
            return .close(code: code)
        }
    }
}
