import Foundation
import Gateway

/// The back end of a shop's stock: 36 actions behind one handler, which pages and programs reach
/// over a data channel and over HTTP alike. `inventory [PORT]`; the system chooses the port where
/// none is given.
@main
struct InventoryServer {
    static func main() async throws {
        let (inventory, actions) = (Inventory(), Actions.all)
        let port = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 0
        let gateway = Gateway(configuration: .init(port: port)) { request in
            try await actions.answer(request, with: inventory)
        }
        async let end: Void = gateway.run()
        if let port = await gateway.listening() {
            FileHandle.standardOutput.write(Data("listening on port \(port)\n".utf8))
        }
        try await end
    }
}
