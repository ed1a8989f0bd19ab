import Foundation
import NIOCore
import NIOPosix
import NIOSSL

@testable import Signaling

/// One end of a TCP connection that sends and reads bytes as a test says: a WebSocket peer that may do everything wrong.
struct RawPeer {
    struct Frame: Hashable {
        var opcode: UInt8
        var payload: [UInt8]
        var isMasked = false

        var closeCode: UInt16? { payload.count < 2 ? nil : UInt16(payload[0]) << 8 | UInt16(payload[1]) }
        var text: String { String(decoding: payload, as: UTF8.self) }

        /// Takes a frame out of bytes; nil when more of it has to come.
        static func take(from buffer: inout ByteBuffer) -> Frame? {
            let bytes = Array(buffer.readableBytesView.prefix(14))
            guard bytes.count >= 2 else { return nil }
            var (length, start) = (Int(bytes[1] & 0x7F), 2)
            let extended = length == 126 ? 2 : length == 127 ? 8 : 0
            guard bytes.count >= start + extended else { return nil }
            if extended > 0 { length = bytes[2..<(2 + extended)].reduce(0) { $0 << 8 | Int($1) } }
            start += extended
            let isMasked = bytes[1] & 0x80 != 0
            guard buffer.readableBytes >= start + (isMasked ? 4 : 0) + length else { return nil }
            let key = isMasked ? Array(bytes[start..<(start + 4)]) : [0, 0, 0, 0]
            buffer.moveReaderIndex(forwardBy: start + (isMasked ? 4 : 0))
            let payload = buffer.readBytes(length: length) ?? []
            return Frame(
                opcode: bytes[0] & 0x0F, payload: payload.enumerated().map { $1 ^ key[$0 & 3] }, isMasked: isMasked)
        }
    }

    struct Ended: Error {}

    let channel: any Channel
    private var chunks: AsyncStream<ByteBuffer>.Iterator
    private var buffer = ByteBuffer()

    fileprivate init(_ connection: Connection) {
        channel = connection.channel
        chunks = connection.chunks.makeAsyncIterator()
    }

    /// Connects to a server.
    ///
    /// - Parameter isDeaf: reads nothing until ``listen()`` is called.
    static func connect(port: UInt16, isDeaf: Bool = false, tls: NIOSSLContext? = nil) async throws -> RawPeer {
        let connection = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: !isDeaf)
            .connect(host: "127.0.0.1", port: Int(port)) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        let handler = try NIOSSLClientHandler(context: tls, serverHostname: nil)
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                    return try Connection(channel)
                }
            }
        return RawPeer(connection)
    }

    /// Connects to a server and opens a WebSocket.
    static func open(port: UInt16, isDeaf: Bool = false, tls: NIOSSLContext? = nil) async throws -> RawPeer {
        var peer = try await connect(port: port, isDeaf: isDeaf, tls: tls)
        try await peer.send(request())
        if isDeaf { return peer }
        guard try await peer.head().hasPrefix("HTTP/1.1 101 ") else { throw Ended() }
        return peer
    }

    /// A good opening handshake, or one with other lines.
    static func request(
        line: String = "GET /ws HTTP/1.1", _ headers: [String: String?] = [:], also more: [String] = []
    ) -> String {
        var fields: [String: String] = [
            "Host": "127.0.0.1", "Upgrade": "websocket", "Connection": "Upgrade",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version": "13",
        ]
        for (name, value) in headers { fields[name] = value }
        let lines = fields.sorted { $0.key < $1.key }.map { "\($0): \($1)" } + more
        return ([line] + lines + ["", ""]).joined(separator: "\r\n")
    }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }

    /// Reads what a deaf peer did not.
    func listen() async throws { try await channel.setOption(.autoRead, value: true).get() }

    func close() async { try? await channel.close() }

    /// The head of an HTTP message, up to the blank line.
    mutating func head() async throws -> String {
        while true {
            let text = String(buffer: buffer)
            if let end = text.range(of: "\r\n\r\n") {
                buffer.moveReaderIndex(forwardBy: text[..<end.upperBound].utf8.count)
                return String(text[..<end.upperBound])
            }
            guard await readMore() else { throw Ended() }
        }
    }

    /// Everything until the other end closes.
    mutating func rest() async -> String {
        while await readMore() {}
        defer { buffer.clear() }
        return String(buffer: buffer)
    }

    /// The next frame; nil when the other end has closed.
    mutating func frame() async -> Frame? {
        while true {
            if let frame = Frame.take(from: &buffer) { return frame }
            guard await readMore() else { return nil }
        }
    }

    private mutating func readMore() async -> Bool {
        guard var chunk = await chunks.next(isolation: #isolation) else { return false }
        buffer.writeBuffer(&chunk)
        return true
    }
}

/// Accepts connections as ``RawPeer``s.
struct RawListener {
    private let channel: any Channel
    private var connections: AsyncStream<Connection>.Iterator
    var port: Int { channel.localAddress?.port ?? 0 }

    init(tls: NIOSSLContext? = nil) async throws {
        let (connections, accepted) = AsyncStream.makeStream(of: Connection.self)
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    accepted.yield(try Connection(channel))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        self.connections = connections.makeAsyncIterator()
    }

    mutating func accept() async throws -> RawPeer {
        guard let connection = await connections.next(isolation: #isolation) else { throw RawPeer.Ended() }
        return RawPeer(connection)
    }

    func close() async { try? await channel.close() }
}

private struct Connection: Sendable {
    let channel: any Channel
    let chunks: AsyncStream<ByteBuffer>

    init(_ channel: any Channel) throws {
        self.channel = channel
        let (chunks, feed) = AsyncStream.makeStream(of: ByteBuffer.self)
        self.chunks = chunks
        try channel.pipeline.syncOperations.addHandler(Feeder(feed))
    }
}

private final class Feeder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let feed: AsyncStream<ByteBuffer>.Continuation

    init(_ feed: AsyncStream<ByteBuffer>.Continuation) {
        self.feed = feed
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { feed.yield(unwrapInboundIn(data)) }

    func channelInactive(context: ChannelHandlerContext) { feed.finish() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
