import Foundation
import NIOHTTP1

/// The part of the W3C's WebDriver protocol that the tests need: one session, and scripts in its page.
struct WebDriver: PageDriver {
    private let port: Int
    private let session: String

    /// Opens a browser through the driver that listens at `port`.
    init(port: Int, capabilities: JSONValue) async throws {
        self.port = port
        let request: JSONValue = ["capabilities": ["alwaysMatch": capabilities]]
        let value = try await Self.exchange(.POST, port: port, "/session", request)
        guard let identifier = value["sessionId"].string else { throw InteropError("the driver opened no session") }
        session = "/session/\(identifier)"
    }

    func open(_ page: URL) async throws {
        _ = try await Self.exchange(.POST, port: port, session + "/url", ["url": .string(page.absoluteString)])
    }

    func run(_ script: String, _ arguments: [JSONValue]) async throws -> JSONValue {
        let parameters: JSONValue = ["script": .string(script), "args": .array(arguments)]
        return try await Self.exchange(.POST, port: port, session + "/execute/sync", parameters)
    }

    func close() async throws {
        _ = try await Self.exchange(.DELETE, port: port, session, nil)
    }

    private static func exchange(
        _ method: HTTPMethod, port: Int, _ path: String, _ body: JSONValue?
    ) async throws -> JSONValue {
        let data = try body.map { try JSONEncoder().encode($0) } ?? Data()
        let answer = try await HTTPExchange.send(method, port: port, path: path, body: data)
        let value = try JSONDecoder().decode(JSONValue.self, from: answer)["value"]
        if let error = value["error"].string {
            throw InteropError("WebDriver: \(error): \(value["message"].string?.prefix(400) ?? "")")
        }
        return value
    }
}
