import ArgumentParser
import Backplane
import Signaling

/// A signaling server to be measured from outside, beside one in another language, and to be
/// killed by the tests of several servers. A program of its own, for rtcbench is built without what
/// signaling stands on.
@main
struct SignalingHost: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "signaling-host",
        abstract: "Serves the room dialect on loopback, for as many sockets as the system allows.",
        discussion: """
            The folder go beside it has the same server in Go with gorilla/websocket, and clients that load either: \
            `signaling load -url ws://127.0.0.1:4011/ws -pid PID`.
            """)

    @Option(help: "The port.") var port: UInt16 = 4011
    @Option(help: "The URL of a Redis that joins several of these.") var redis: String?
    @Option(help: "The name of this one among several.") var node: String?
    @Option(help: "How many event loops its connections are spread over.")
    var eventLoops: Int = SignalingServerConfiguration.usualEventLoops
    @Option(help: "How often the connections with Redis are tried, in milliseconds.") var ping: Int = 2000

    func run() async throws {
        var backplane: RedisBackplane?
        if let redis {
            var configuration = try RedisConfiguration(url: redis)
            configuration.pingInterval = .milliseconds(ping)
            configuration.connectTimeout = min(configuration.connectTimeout, configuration.pingInterval * 3)
            backplane = RedisBackplane(configuration: configuration)
        }
        var limits = SignalingLimits()
        limits.sockets = 20_000
        limits.socketsPerAddress = 20_000
        limits.unregisteredPerAddress = 20_000
        let server = SignalingServer(
            configuration: .init(
                host: "127.0.0.1", port: port, backplane: backplane, nodeName: node, eventLoops: eventLoops,
                limits: limits))
        try await server.run()
    }
}
