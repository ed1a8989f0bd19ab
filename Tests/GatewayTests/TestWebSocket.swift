import Foundation
import NIOCore
import NIOPosix
import StrictJSON

/// A WebSocket written by hand: what is sent is not checked, so that a test may send anything.
final class TestWebSocket: Sendable {
    struct Refused: Error {
        let answer: String
    }

    private struct Ended: Error {}

    private let channel: any Channel
    private let messages: AsyncStream<[UInt8]>

    private init(_ channel: any Channel, _ messages: AsyncStream<[UInt8]>) {
        (self.channel, self.messages) = (channel, messages)
    }

    deinit { channel.close(promise: nil) }

    static func connect(_ path: String, port: Int, headers: String = "") async throws -> TestWebSocket {
        let (messages, sink) = AsyncStream.makeStream(of: [UInt8].self)
        let (answers, answer) = AsyncStream.makeStream(of: String.self)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(FrameReader(answer, sink))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        let request =
            "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\(headers)\r\n"
        try await channel.writeAndFlush(ByteBuffer(string: request))
        for await text in answers {
            guard text.hasPrefix("HTTP/1.1 101 ") else { throw Refused(answer: text) }
            return TestWebSocket(channel, messages)
        }
        throw Ended()
    }

    /// The next message; frames of control are given as `{"type":"<close 1000>"}`.
    func next() async throws -> JSONValue {
        for await message in messages { return try JSONReader.read(message) }
        throw Ended()
    }

    /// The next message of a type; what comes before is passed over.
    func next(_ type: String) async throws -> JSONValue {
        while true {
            let message = try await next()
            if message["type"]?.text == type { return message }
        }
    }

    func send(_ value: [String: JSONValue]) async throws { try await send(text: JSONValue.object(value).bytes) }

    func send(text: [UInt8]) async throws {
        var frame = ByteBuffer()
        frame.writeInteger(UInt8(0x81))
        if text.count < 126 {
            frame.writeInteger(0x80 | UInt8(text.count))
        } else {
            frame.writeInteger(UInt8(0x80 | 126))
            frame.writeInteger(UInt16(text.count))
        }
        // A mask of zeros leaves the bytes as they are.
        frame.writeInteger(UInt32(0))
        frame.writeBytes(text)
        try await channel.writeAndFlush(frame)
    }

    func close() async { try? await channel.close() }
}

/// Reads the answer to the opening handshake, and then whole frames.
private final class FrameReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let answer: AsyncStream<String>.Continuation
    private let messages: AsyncStream<[UInt8]>.Continuation
    private var bytes = ByteBuffer()
    private var isOpen = false

    init(_ answer: AsyncStream<String>.Continuation, _ messages: AsyncStream<[UInt8]>.Continuation) {
        (self.answer, self.messages) = (answer, messages)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var part = unwrapInboundIn(data)
        bytes.writeBuffer(&part)
        if !isOpen {
            let text = String(buffer: bytes)
            guard text.hasPrefix("HTTP/1.1 101 "), let end = text.range(of: "\r\n\r\n") else { return }
            isOpen = true
            bytes.moveReaderIndex(forwardBy: text[..<end.upperBound].utf8.count)
            answer.yield(text)
        }
        while let frame = readFrame() { take(frame, context) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if !isOpen { answer.yield(String(buffer: bytes)) }
        answer.finish()
        messages.finish()
    }

    private func readFrame() -> (opcode: UInt8, payload: [UInt8])? {
        var ahead = bytes
        guard let first: UInt8 = ahead.readInteger(), let second: UInt8 = ahead.readInteger() else { return nil }
        var length = Int(second & 0x7F)
        if length == 126 {
            guard let long: UInt16 = ahead.readInteger() else { return nil }
            length = Int(long)
        } else if length == 127 {
            guard let long: UInt64 = ahead.readInteger() else { return nil }
            length = Int(long)
        }
        guard let payload = ahead.readBytes(length: length) else { return nil }
        bytes = ahead
        return (first & 0x0F, payload)
    }

    private func take(_ frame: (opcode: UInt8, payload: [UInt8]), _ context: ChannelHandlerContext) {
        switch frame.opcode {
        case 1: messages.yield(frame.payload)
        case 8:
            let code = frame.payload.count > 1 ? Int(frame.payload[0]) << 8 | Int(frame.payload[1]) : 1005
            messages.yield(Array(#"{"type":"<close \#(code)>"}"#.utf8))
            messages.finish()
            context.close(promise: nil)
        case 9:
            var pong = ByteBuffer()
            pong.writeInteger(UInt16(0x8A80))
            pong.writeInteger(UInt32(0))
            context.writeAndFlush(NIOAny(pong), promise: nil)
        default: break
        }
    }
}
