internal import Signaling

/// The parts of a `redis:` or `rediss:` URL. The number of a database behind it means nothing here:
/// channels belong to none.
struct RedisURL: Sendable {
    var isSecure: Bool
    var endpoint: RedisEndpoint
    var credentials: RedisCredentials?

    /// - Throws: `.invalidConfiguration`, without the URL, which may have a password.
    init(_ text: String) throws(SignalingError) {
        let lowered = text.lowercased()
        guard lowered.hasPrefix("redis://") || lowered.hasPrefix("rediss://"), text.utf8.count <= 4096,
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { throw Self.invalid("it does not look like redis://host:port or rediss://host:port") }
        isSecure = lowered.hasPrefix("rediss://")
        let rest = text.dropFirst(isSecure ? 9 : 8)
        let end = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
        let authority = rest[..<end]
        var place = authority
        credentials = nil
        if let at = authority.lastIndex(of: "@") {
            credentials = try Self.credentials(authority[..<at])
            place = authority[authority.index(after: at)...]
        }
        endpoint = try Self.endpoint(place)
        try endpoint.validate()
    }

    private static func credentials(_ text: Substring) throws(SignalingError) -> RedisCredentials {
        guard let colon = text.firstIndex(of: ":") else {
            throw invalid("it has a user without a password: user:password@host")
        }
        guard let username = decoded(text[..<colon]), let password = decoded(text[text.index(after: colon)...]),
            !password.isEmpty
        else { throw invalid("its user or password is empty, or has a % without two hexadecimal digits") }
        return RedisCredentials(username: username.isEmpty ? nil : username, password: password)
    }

    private static func endpoint(_ text: Substring) throws(SignalingError) -> RedisEndpoint {
        let host: Substring
        let port: Substring
        if text.first == "[" {
            guard let bracket = text.firstIndex(of: "]") else { throw invalid("a ] is missing") }
            host = text[text.index(after: text.startIndex)..<bracket]
            port = text[text.index(after: bracket)...]
        } else {
            let colon = text.firstIndex(of: ":") ?? text.endIndex
            host = text[..<colon]
            port = text[colon...]
        }
        guard !host.isEmpty else { throw invalid("the host is missing") }
        if port.isEmpty { return RedisEndpoint(host: String(host)) }
        guard port.first == ":", let number = UInt16(port.dropFirst()), number != 0 else {
            throw invalid("the port is not a number from 1 to 65535")
        }
        return RedisEndpoint(host: String(host), port: Int(number))
    }

    /// Without percent-encoding (RFC 3986 §2.1); nil for what is none.
    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Substring(text).utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    private static func invalid(_ reason: String) -> SignalingError {
        SignalingError(.invalidConfiguration, "the URL of Redis is none: \(reason)")
    }
}
