import NIOCore

@testable import Signaling

/// The bytes of a WebSocket: what is read of them does not depend on the pieces in which they come.
enum WebSocketEntry {
    private static let limit = 1024
    private static let dropLimit = 4096

    @Sendable static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        let isServer = input.flag()
        let size = 1 + input.below(64)
        let stream = input.flag() ? input.rest() : frames(&input, isServer: isServer)
        let whole = try events(stream, isServer: isServer, every: max(1, stream.count))
        let parts = try events(stream, isServer: isServer, every: size)
        try FuzzFinding.require(whole == parts, "a stream reads differently in pieces of \(size)")
        if let text = String(validating: bytes.prefix(200), as: UTF8.self) { _ = try? WebSocketURL(text) }
    }

    private static func events(
        _ stream: [UInt8], isServer: Bool, every size: Int
    ) throws -> [WebSocketReader.Event] {
        var reader = WebSocketReader(limit: limit, dropLimit: dropLimit, isServer: isServer)
        var events: [WebSocketReader.Event] = []
        for start in stride(from: 0, to: stream.count, by: size) {
            var buffer = ByteBuffer(bytes: stream[start..<min(stream.count, start + size)])
            while let event = reader.next(&buffer) {
                events.append(event)
                if case .text(let text) = event {
                    try FuzzFinding.require(
                        text.count <= limit && String(validating: text, as: UTF8.self) != nil, "no text, or a long one")
                }
            }
            try FuzzFinding.require(reader.heldBytes <= 4 * limit, "\(reader.heldBytes) bytes are kept")
        }
        return events
    }

    /// Frames whose headers hold together, unless the input says otherwise.
    private static func frames(_ input: inout FuzzInput, isServer: Bool) -> [UInt8] {
        var stream: [UInt8] = []
        while !input.isEmpty, stream.count < 16_384 {
            let first = input.byte()
            let isMasked = input.below(16) == 0 ? !isServer : isServer
            let payload = input.take(input.flag() ? input.below(126) : input.number() % 2048)
            let mask: UInt8 = isMasked ? 0x80 : 0
            stream.append(first & 0x8F | (input.below(32) == 0 ? 0x40 : 0))
            if payload.count < 126 {
                stream.append(mask | UInt8(payload.count))
            } else {
                stream += [mask | 126, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
            }
            if isMasked { stream += [0, 0, 0, 0] }
            stream += payload
        }
        return stream
    }
}
