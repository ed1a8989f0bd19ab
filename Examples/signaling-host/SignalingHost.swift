import ArgumentParser
import Signaling

/// A signaling server to be measured from outside, beside one in another language. A program of its
/// own, for rtcbench is built without what signaling stands on.
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

    func run() async throws {
        var limits = SignalingLimits()
        limits.sockets = 20_000
        limits.socketsPerAddress = 20_000
        limits.unregisteredPerAddress = 20_000
        try await SignalingServer(configuration: .init(host: "127.0.0.1", port: port, limits: limits)).run()
    }
}
