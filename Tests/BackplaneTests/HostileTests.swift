import Backplane
import Foundation
import NIOCore
import NIOPosix
import Signaling
import Testing

/// Says the same to everybody who connects, again and again if it is to have no end.
struct HostileServer: Sendable {
    final class Sayer: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let first: ByteBuffer
        private let rest: ByteBuffer?

        init(_ first: String, _ rest: String?) {
            self.first = ByteBuffer(string: first)
            self.rest = rest.map { rest in
                ByteBuffer(string: String(repeating: rest, count: max(1, (1 << 16) / rest.utf8.count)))
            }
        }

        func channelActive(context: ChannelHandlerContext) {
            context.writeAndFlush(NIOAny(first), promise: nil)
            more(context)
        }

        private func more(_ context: ChannelHandlerContext) {
            guard let rest else { return }
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            // Not at once: a write that is done already would call this from within itself, without an end.
            context.writeAndFlush(NIOAny(rest)).whenSuccess {
                bound.value.1.eventLoop.execute { bound.value.0.more(bound.value.1) }
            }
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {}
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    private let channel: any Channel
    /// Of its own: one who writes without an end leaves no time to others on its loop.
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    init(_ first: String, endlessly rest: String? = nil) async throws {
        channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Sayer(first, rest))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    var configuration: RedisConfiguration {
        RedisConfiguration(host: "127.0.0.1", port: channel.localAddress?.port ?? 0, password: "echoed-secret")
    }

    func close() async throws {
        try await channel.close()
        try await group.shutdownGracefully()
    }
}

@Suite("what is no Redis, or a hostile one", .serialized, .timeLimit(.minutes(1)))
struct HostileTests {
    static let many = String(repeating: "x", count: 1 << 16)

    @Test(
        "is refused with a reason, holds no memory, and does not end the program",
        arguments: [
            ("HTTP/1.1 400 Bad Request\r\n\r\n", nil, "no Redis"), ("+OK\r\n+OK\r\n+OK\r\n", nil, "no Redis"),
            ("*2147483647\r\n", ":1\r\n", "more elements"), ("*-5\r\n", nil, "no Redis"),
            ("$1073741824\r\n", many, "larger"), ("$99999999999999999999999\r\n", many, "no Redis"),
            ("$-99\r\n", nil, "no Redis"), ("+", many, "without an end"), ("$", "00000000", "without an end"),
            ("", "*1\r\n", "no Redis"), ("*3\r\n$7\r\nmessage\r\n:1\r\n:1\r\n", nil, "no Redis"),
            ("*4000\r\n", "$15000\r\n" + String(repeating: "y", count: 15000) + "\r\n", "larger"),
            ("-ERR unknown command 'AUTH', with args beginning with: 'echoed-secret' \r\n", nil, "unknown command"),
            ("-NO echoed-secret\u{1B}[2J\r\n", nil, "NO ***?[2J"), ("-LOADING Redis is loading\r\n", nil, "LOADING"),
        ] as [(String, String?, String)])
    func refused(first: String, rest: String?, reason: String) async throws {
        let server = try await HostileServer(first, endlessly: rest)
        let before = Self.residentPages()
        let anna = try await Party(server.configuration, as: "anna")
        try await anna.log.degraded(reason)
        #expect(!"\(anna.log.events)".contains("echoed-secret"))
        #expect(Self.residentPages() - before < 40_000, "of 4 KiB each")
        await anna.backplane.leave()
        try await server.close()
    }

    @Test("one that accepts and says nothing is given up, and left in the middle of it")
    func silent() async throws {
        let server = try await HostileServer("")
        var configuration = server.configuration
        configuration.connectTimeout = .milliseconds(100)
        let anna = try await Party(configuration, as: "anna")
        try await anna.log.degraded("no answer")
        await anna.backplane.leave()
        let ben = try await Party(server.configuration, as: "ben")
        await ben.backplane.leave()
        #expect(ben.log.events.isEmpty)
        try await server.close()
    }

    private static func residentPages() -> Int {
        let words = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
        return words.count > 1 ? Int(words[1]) ?? 0 : 0
    }
}
