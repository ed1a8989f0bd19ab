internal import Hummingbird
internal import StrictJSON

/// A request that is refused: a status, and `{"error":{"code","message"}}`.
struct GatewayFailure: Error, Sendable {
    let status: HTTPResponse.Status
    /// In words with hyphens, for programs.
    let code: String
    /// For people.
    let message: String
    var headers: HTTPFields = [:]

    init(_ status: HTTPResponse.Status, _ code: String, _ message: String, headers: HTTPFields = [:]) {
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers
    }

    /// Too much was asked for: when to ask again, in seconds.
    static func tooMany(_ code: String, _ message: String, retryAfter: Int = 1) -> GatewayFailure {
        GatewayFailure(.tooManyRequests, code, message, headers: [.retryAfter: "\(retryAfter)"])
    }

    /// Something is not what it should be; `text` says what and where.
    static func malformed(_ text: String) -> GatewayFailure { GatewayFailure(.badRequest, "malformed", text) }

    static let draining = GatewayFailure(
        .serviceUnavailable, "server-draining", "The server is going away. Try again at another one, or later.",
        headers: [.retryAfter: "5"])

    /// The path is that of a WebSocket, and the request asks for none.
    static let upgradeRequired = GatewayFailure(
        .init(code: 426, reasonPhrase: "Upgrade Required"), "upgrade-required",
        "Connect with a WebSocket, on a connection of its own.",
        headers: [.upgrade: "websocket", .connection: "close, upgrade"])

    /// What the body of the answer is.
    var document: JSONValue {
        .object(["error": .object(["code": .string(code), "message": .string(message)])])
    }

    var response: Response { .json(document, status: status, headers: headers) }
}
