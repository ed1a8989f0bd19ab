import NIOCore
import NIOPosix

/// Plain TCP for the tests.
enum HTTPProbe {
    /// What a server answers to a GET until it closes.
    static func get(port: UInt16, path: String) async throws -> String {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: Int(port)) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: "GET \(path) HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"))
            var text = ""
            for try await part in inbound { text += String(buffer: part) }
            return text
        }
    }

    struct Listener {
        let channel: any Channel
        var port: Int { channel.localAddress?.port ?? 0 }
        func close() async throws { try await channel.close().get() }
    }

    /// A server that accepts connections and never says anything.
    static func silentListener() async throws -> Listener {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        return Listener(channel: channel)
    }
}
