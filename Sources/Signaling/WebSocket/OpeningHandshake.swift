internal import Foundation
internal import NIOHTTP1

/// The opening handshake of WebSockets, as either end checks what the other one sent (RFC 6455 §4).
enum OpeningHandshake {
    /// The version of the protocol (§4.1).
    static let version = "13"

    /// Whether a request asks for a WebSocket. An HTTP/1.0 client cannot ask for an upgrade (RFC
    /// 9110 §7.8).
    static func isAsked(by request: HTTPRequestHead) -> Bool {
        request.version.minor >= 1 && tokens("upgrade", request.headers).contains("websocket")
    }

    // MARK: The server's side

    /// Checks a client's handshake (§4.2.1).
    ///
    /// - Parameter subprotocols: those the server speaks. The first that the client names and that
    ///   is among them is chosen; none when there is none (§4.2.2).
    /// - Returns: what the 101 answer says beside `Connection` and `Upgrade`.
    static func accept(_ request: HTTPRequestHead, subprotocols: [String]) throws(HTTPAnswer) -> HTTPHeaders {
        guard request.method == .GET else {
            throw HTTPAnswer(
                status: .methodNotAllowed, text: "A WebSocket is opened with GET.", headers: ["allow": "GET, HEAD"])
        }
        guard tokens("connection", request.headers).contains("upgrade") else {
            throw bad("The Connection header does not name Upgrade.")
        }
        guard request.headers["sec-websocket-version"] == [version] else {
            throw HTTPAnswer(
                status: .upgradeRequired, text: "This server speaks version \(version) of the WebSocket protocol.",
                headers: ["sec-websocket-version": version, "upgrade": "websocket"])
        }
        let keys = request.headers["sec-websocket-key"]
        guard keys.count == 1, Data(base64Encoded: keys[0])?.count == 16 else {
            throw bad("Sec-WebSocket-Key is to be 16 bytes in base64, once.")
        }
        var headers: HTTPHeaders = ["sec-websocket-accept": acceptValue(for: keys[0])]
        let asked = request.headers[canonicalForm: "sec-websocket-protocol"].map(String.init)
        if let chosen = asked.first(where: subprotocols.contains) {
            headers.add(name: "sec-websocket-protocol", value: chosen)
        }
        return headers
    }

    private static func bad(_ text: String) -> HTTPAnswer { HTTPAnswer(status: .badRequest, text: text) }

    // MARK: The client's side

    /// A new key: 16 bytes that cannot be foreseen, in base64 (§4.1).
    static func newKey() -> String {
        Data((0..<16).map { _ in UInt8.random(in: .min ... .max) }).base64EncodedString()
    }

    /// Checks a server's answer (§4.1).
    ///
    /// - Returns: the subprotocol that the server chose, if it did.
    /// - Throws: `.upgradeRefused`, with what is wrong.
    static func check(
        _ response: HTTPResponseHead, key: String, subprotocols: [String]
    ) throws(SignalingError) -> String? {
        let headers = response.headers
        guard response.status == .switchingProtocols, response.version.minor >= 1 else {
            throw refused(response)
        }
        guard headers["upgrade"].map({ $0.lowercased() }) == ["websocket"] else {
            throw wrong("the Upgrade header is not websocket")
        }
        guard tokens("connection", headers).contains("upgrade") else {
            throw wrong("the Connection header does not name Upgrade")
        }
        guard headers["sec-websocket-accept"].map(trimmed) == [acceptValue(for: key)] else {
            throw wrong("Sec-WebSocket-Accept does not fit the key")
        }
        guard headers[canonicalForm: "sec-websocket-extensions"].allSatisfy(\.isEmpty) else {
            throw wrong("the server uses an extension that was not asked for")
        }
        let chosen = headers["sec-websocket-protocol"].map(trimmed)
        guard chosen.count < 2, chosen.allSatisfy(subprotocols.contains) else {
            throw wrong("the server uses a subprotocol that was not asked for")
        }
        return chosen.first
    }

    private static func refused(_ response: HTTPResponseHead) -> SignalingError {
        var text = "the server answers with \(response.status.code) \(response.status.reasonPhrase.prefix(80))"
        let logins = tokens("www-authenticate", response.headers)
        if response.status == .unauthorized, logins.isEmpty || logins.contains(where: { $0.hasPrefix("bearer") }) {
            return SignalingError(.unauthorized, text + "; show it a token that is good")
        }
        switch response.status.code {
        case 401, 407: text += "; it asks for a login, which this client does not have"
        case 300...399:
            let place = response.headers.first(name: "location") ?? "somewhere else"
            text += "; connect to \(place.prefix(200)) instead"
        case 426:
            text +=
                "; it speaks versions \(response.headers.first(name: "sec-websocket-version")?.prefix(40) ?? "unknown")"
        default: break
        }
        return SignalingError(.upgradeRefused, text)
    }

    private static func wrong(_ text: String) -> SignalingError {
        SignalingError(.upgradeRefused, "the server's answer to the opening handshake is wrong: \(text)")
    }

    // MARK: Both

    /// What answers a key (§4.2.2, 5.4).
    static func acceptValue(for key: String) -> String {
        Data(SHA1.digest(Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8))).base64EncodedString()
    }

    /// The elements of a list in a header, in lower case; the header may stand there more than once
    /// (RFC 9110 §5.6.1).
    private static func tokens(_ name: String, _ headers: HTTPHeaders) -> [String] {
        headers[canonicalForm: name].map { $0.lowercased() }
    }

    private static func trimmed(_ text: String) -> String { text.trimmingCharacters(in: .whitespaces) }
}
