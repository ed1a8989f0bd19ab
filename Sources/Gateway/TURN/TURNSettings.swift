public import Foundation

/// How credentials for TURN servers are made: the scheme that coturn verifies with
/// `use-auth-secret` (draft-uberti-behave-turn-rest-00).
public struct TURNSettings: Sendable {
    /// What the server and the TURN server share; it never leaves either.
    public var secret: Data
    /// The TURN servers' URLs, such as `turn:turn.example.org?transport=udp` (RFC 7065).
    public var uris: [String]
    /// How long a credential is good, 1 s to a day. Default 300 s.
    public var lifetime: Duration
    /// How many credentials a user may ask for in a minute, 1 to 10,000; more are refused with 429.
    /// Default 30.
    public var perMinute: Int

    /// Settings as given; a lifetime or a number out of its range becomes the nearest in it.
    public init(secret: Data, uris: [String], lifetime: Duration = .seconds(300), perMinute: Int = 30) {
        self.secret = secret
        self.uris = uris
        self.lifetime = min(max(lifetime, .seconds(1)), .seconds(86_400))
        self.perMinute = min(max(perMinute, 1), 10_000)
    }
}
