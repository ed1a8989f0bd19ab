import Foundation
import NIOCore
import NIOPosix
import StrictJSON

/// The events of one page, in order.
struct EventReader {
    private struct Ended: Error {}

    private let channel: any Channel
    private var chunks: AsyncStream<String>.Iterator
    private var text = ""

    init(_ path: String, port: Int) async throws {
        let (stream, chunks) = AsyncStream.makeStream(of: String.self)
        channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Collector(chunks))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        self.chunks = stream.makeAsyncIterator()
        let head = "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        try await channel.writeAndFlush(ByteBuffer(string: head))
    }

    /// The data of the next event of a name.
    mutating func next(_ name: String) async throws -> JSONValue {
        while true {
            while let range = text.range(of: "event: \(name)\ndata: ") {
                guard let end = text.range(of: "\n\n", range: range.upperBound..<text.endIndex) else { break }
                let data = text[range.upperBound..<end.lowerBound]
                text = String(text[end.upperBound...])
                return try JSONReader.read(Array(data.utf8))
            }
            guard let chunk = await chunks.next(isolation: #isolation) else { throw Ended() }
            text += chunk
        }
    }

    func close() { channel.close(promise: nil) }
}

private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let chunks: AsyncStream<String>.Continuation

    init(_ chunks: AsyncStream<String>.Continuation) { self.chunks = chunks }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        chunks.yield(String(buffer: unwrapInboundIn(data)))
    }

    func channelInactive(context: ChannelHandlerContext) { chunks.finish() }
}
