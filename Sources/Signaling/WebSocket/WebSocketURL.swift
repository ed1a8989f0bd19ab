/// The parts of a `ws:` or `wss:` URL (RFC 6455 §3).
struct WebSocketURL: Equatable {
    var isSecure: Bool
    /// A name or an address; IPv6 without brackets, perhaps with a zone.
    var host: String
    var port: Int
    /// Path and query.
    var target: String

    init(_ text: String) throws(SignalingError) {
        let lowered = text.lowercased()
        guard lowered.hasPrefix("ws://") || lowered.hasPrefix("wss://"), text.utf8.count <= 4096,
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !text.contains("#")
        else { throw Self.invalid(text, "it does not look like ws://host:port/") }
        isSecure = lowered.hasPrefix("wss://")
        let rest = text.dropFirst(isSecure ? 6 : 5)
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let authority = rest[..<end]
        let path = rest[end...]
        target = path.first == "/" ? String(path) : "/" + path
        guard !authority.contains("@") else { throw Self.invalid(text, "user and password have no place in it") }
        let portText: Substring
        if authority.first == "[" {
            guard let bracket = authority.firstIndex(of: "]") else { throw Self.invalid(text, "a ] is missing") }
            host = String(authority[authority.index(after: authority.startIndex)..<bracket])
            portText = authority[authority.index(after: bracket)...]
        } else {
            let colon = authority.firstIndex(of: ":") ?? authority.endIndex
            host = String(authority[..<colon])
            portText = authority[colon...]
        }
        guard !host.isEmpty else { throw Self.invalid(text, "the host is missing") }
        guard !portText.isEmpty else {
            port = isSecure ? 443 : 80
            return
        }
        guard portText.first == ":", let number = UInt16(portText.dropFirst()), number != 0 else {
            throw Self.invalid(text, "the port is not a number from 1 to 65535")
        }
        port = Int(number)
    }

    /// The value of the `Host` header: without a zone, which means something to this machine only
    /// (RFC 6874 §4), and without the port that goes without saying (RFC 6455 §4.1).
    var hostHeader: String {
        let name = host.contains(":") ? "[\(host.prefix { $0 != "%" })]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }

    private static func invalid(_ text: String, _ reason: String) -> SignalingError {
        SignalingError(.invalidURL, "\"\(text.prefix(100))\" is no WebSocket URL: \(reason)")
    }
}
