import Foundation
import FoundationNetworking
import Gateway
import ICE
import Logging
import StrictJSON
import Testing
import WebRTC

/// A gateway that listens on loopback, for as long as a test needs it.
struct TestGateway: Sendable {
    struct Answer: Sendable {
        let status: Int
        let headers: [String: String]
        let text: String

        var json: JSONValue { (try? JSONReader.read(Array(text.utf8))) ?? .null }
        var code: String? { json["error"]?["code"]?.text }
    }

    let gateway: Gateway
    let port: Int

    var isSecure = false

    var base: String { "\(isSecure ? "https" : "http")://127.0.0.1:\(port)" }

    /// Runs `body` beside it.
    static func run<Result: Sendable>(
        _ configuration: GatewayConfiguration = .init(), handler: @escaping Gateway.Handler = echo,
        _ body: (TestGateway) async throws -> Result
    ) async throws -> Result {
        var configuration = configuration
        configuration.port = 0
        configuration.logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        configuration.sessions.connection.ice.includesLoopback = true
        configuration.streams?.connection.ice.includesLoopback = true
        let gateway = Gateway(configuration: configuration, handler: handler)
        let running = Task { try await gateway.run() }
        guard let port = await gateway.listening() else {
            try await running.value
            throw CancellationError()
        }
        do {
            let result = try await body(TestGateway(gateway: gateway, port: port, isSecure: configuration.tls != nil))
            running.cancel()
            try? await running.value
            return result
        } catch {
            running.cancel()
            try? await running.value
            throw error
        }
    }

    /// Answers with the text of the request, and a few other things.
    static let echo: Gateway.Handler = { request in
        switch request.action {
        case "echo": return try .value(request["text"] ?? "")
        case "who": return try .value([request.peerID ?? "", request.subject ?? ""])
        case "count":
            struct Count: Decodable { let to: Int }
            let count = try request.decode(Count.self).to
            return .parts { writer in
                for number in 0..<count { try await writer.send(number) }
            }
        case "fail": throw CocoaError(.featureUnsupported)
        case "refuse": throw RPCError("busy", "Not now.")
        case "big": return try .value(String(repeating: "x", count: 300_000))
        default: throw RPCError.unknownAction(request.action)
        }
    }

    func send(
        _ method: String, _ path: String, _ body: String? = nil, headers: [String: String] = [:]
    ) async throws -> Answer {
        var request = URLRequest(url: try #require(URL(string: "http://127.0.0.1:\(port)\(path)")))
        request.httpMethod = method
        request.httpBody = body.map { Data($0.utf8) }
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        let session = URLSession(configuration: .ephemeral)
        defer { session.invalidateAndCancel() }
        let (data, response) = try await session.data(for: request)
        let answer = try #require(response as? HTTPURLResponse)
        var fields: [String: String] = [:]
        for (name, value) in answer.allHeaderFields { fields["\(name)".lowercased()] = "\(value)" }
        return Answer(status: answer.statusCode, headers: fields, text: String(decoding: data, as: UTF8.self))
    }

    func post(_ path: String, _ body: String, headers: [String: String] = [:]) async throws -> Answer {
        try await send("POST", path, body, headers: headers)
    }
}
