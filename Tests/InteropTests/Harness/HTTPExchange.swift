import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// One HTTP request and its answer, on a connection of its own. Foundation's URLSession does not understand the headers
/// that chromedriver writes ("Failed writing header").
enum HTTPExchange {
    static func send(_ method: HTTPMethod, port: Int, path: String, body: Data) async throws -> Data {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    let aggregator = NIOHTTPClientResponseAggregator(maxContentLength: 1 << 26)
                    try channel.pipeline.syncOperations.addHandler(aggregator)
                    return try NIOAsyncChannel<NIOHTTPClientResponseFull, HTTPClientRequestPart>(
                        wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            let headers: HTTPHeaders = [
                "Host": "127.0.0.1:\(port)", "Connection": "close", "Content-Type": "application/json",
                "Content-Length": "\(body.count)",
            ]
            // At once: who has read all that was announced may answer and close before anything more is written.
            var parts: [HTTPClientRequestPart] = [
                .head(.init(version: .http1_1, method: method, uri: path, headers: headers))
            ]
            if !body.isEmpty { parts.append(.body(.byteBuffer(ByteBuffer(bytes: body)))) }
            try await outbound.write(contentsOf: parts + [.end(nil)])
            for try await response in inbound {
                return response.body.map { Data($0.readableBytesView) } ?? Data()
            }
            throw InteropError("\(method) \(path): the connection closed without an answer")
        }
    }
}
