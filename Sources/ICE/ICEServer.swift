public import TransportTypes

/// A STUN or TURN server, under one or more URLs: the W3C's RTCIceServer.
public struct ICEServer: Hashable, Sendable {
    /// As given, in order.
    public var urls: [String]
    /// For TURN: the user name, up to 509 bytes (RFC 8489 §14.3).
    public var username: String?
    /// For TURN: the password.
    public var credential: String?

    /// Nothing is checked before ``validated()``.
    public init(urls: [String], username: String? = nil, credential: String? = nil) {
        self.urls = urls
        self.username = username
        self.credential = credential
    }

    /// A STUN server by host, or `host:port`.
    public static func stun(_ host: String) -> ICEServer {
        ICEServer(urls: ["stun:\(host)"])
    }

    /// A TURN server by host, or `host:port`, reached over UDP and over TCP.
    public static func turn(_ host: String, username: String, credential: String) -> ICEServer {
        ICEServer(
            urls: ["turn:\(host)?transport=udp", "turn:\(host)?transport=tcp"], username: username,
            credential: credential)
    }

    /// A TURN server by host, or `host:port`, reached over TLS.
    public static func turns(_ host: String, username: String, credential: String) -> ICEServer {
        ICEServer(urls: ["turns:\(host)?transport=tcp"], username: username, credential: credential)
    }

    /// The URLs, read and checked; the syntax first, then the credentials (W3C webrtc-pc §4.4.1.1).
    ///
    /// `turns:` and `stuns:` are well-formed here; whether they can be used is the agent's answer.
    /// - Throws: `ICEError.Code.invalidServerURL` (SyntaxError) or
    ///   `ICEError.Code.missingCredential` (InvalidAccessError).
    public func validated() throws(ICEError) -> [ICEServerURL] {
        guard !urls.isEmpty else { throw ICEError(.invalidServerURL, "an ICE server needs at least one URL") }
        var parsed: [ICEServerURL] = []
        for url in urls { parsed.append(try ICEServerURL(parsing: url)) }
        if let relay = parsed.first(where: { $0.scheme.isRelay }) {
            guard let username, credential != nil else {
                throw ICEError(.missingCredential, "\(relay): a TURN server needs a username and a credential")
            }
            guard username.utf8.count <= 509 else {
                throw ICEError(.missingCredential, "\(relay): the username has more than 509 bytes (RFC 8489 §14.3)")
            }
        }
        return parsed
    }
}

extension ICEServer: CustomStringConvertible {
    /// The URLs only; credentials stay out of logs.
    public var description: String { urls.joined(separator: ", ") }
}
