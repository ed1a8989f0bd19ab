import Foundation
import Gateway
import Hummingbird

/// A server of its own routes that answers requests over data channels beside them.
/// `Docs/Gateway.md` explains it.
@main
struct EmbeddedServer {
    static func main() async throws {
        let gateway = Gateway(configuration: .init(host: "127.0.0.1")) { request in
            switch request.action {
            case "greet": return try .value("hello " + (request["name"] ?? "you"))
            case "count":
                return .parts { writer in
                    for number in 1...10 { try await writer.send(number) }
                }
            default: throw RPCError.unknownAction(request.action)
            }
        }
        let router = Router(context: GatewayContext.self)
        router.get("/") { _, _ in "This is the application's own page.\n" }
        gateway.addRoutes(to: router)
        let port = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 8080
        let app = Application(
            router: router, server: try await gateway.connections(),
            configuration: .init(address: .hostname("127.0.0.1", port: port)),
            onServerRunning: { channel in
                FileHandle.standardOutput.write(Data("listening on port \(channel.localAddress?.port ?? port)\n".utf8))
            })
        try await app.runService()
        await gateway.drain()
    }
}
