import ArgumentParser
import Signaling

/// A signaling server that speaks ``PresenterDialect``, and nothing else.
@main
struct Presenter: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "presenter", abstract: "A signaling server with a dialect of its own: one presents, others view.")

    @Option(help: "The address to listen on.") var listen = "127.0.0.1"
    @Option(help: "The port.") var port: UInt16 = 3010

    func run() async throws {
        var settings = SignalingServerConfiguration(host: listen, port: port)
        settings.dialects = [PresenterDialect()]
        print("ws://\(listen):\(port)/ws")
        try await SignalingServer(configuration: settings).run()
    }
}
