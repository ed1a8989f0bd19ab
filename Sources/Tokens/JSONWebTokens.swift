internal import Foundation
public import Logging
public import Signaling

/// Checks JSON Web Tokens (RFC 7519), signed with HS256, RS256, ES256 or EdDSA, and issues them for
/// tests, development and command-line tools.
///
/// ```swift
/// let tokens = try await JSONWebTokens(
///     keys: .jwksFile("/etc/chat/keys.json"), configuration: .init(audience: "chat.example.org"))
/// let user = try await tokens.identity(of: token).subject
/// ```
///
/// A token is let in when the key that its `kid` names has signed it with the key's algorithm, and
/// its claims are right: `sub` of 1 to 256 bytes without control characters; `exp` not over; `nbf`,
/// if there is one, over; `aud` and `iss` as configured; in `scope`, if it is there, at most 64
/// words of at most 64 bytes. A token has at most 8 KiB, no `crit` in its header and no two members
/// of one name.
///
/// Keys that a token brings or links to (`jwk`, `jku`, `x5c`, `x5u`) are never looked at (RFC 8725
/// §3.10), nor is anything fetched.
public final class JSONWebTokens: TokenVerifier {
    private let configuration: Configuration
    private let rules: ClaimRules
    private let keyring: Keyring
    private let now: @Sendable () -> Duration

    /// Reads the keys.
    ///
    /// - Parameters:
    ///   - keys: where the keys are.
    ///   - configuration: what a token has to say, and which algorithms are allowed.
    ///   - logger: gets a warning when a file of keys changes to one that cannot be used, and debug
    ///     messages about keys that are left out; never a token or a key.
    ///   - now: the wall clock, as the time since 1970 in UTC; for tests.
    /// - Throws: what is wrong with the keys or the configuration.
    public init(
        keys: TokenKeySource, configuration: Configuration = .init(),
        logger: Logger = Logger(label: "swift-webrtc.tokens"),
        now: @escaping @Sendable () -> Duration = JSONWebTokens.wallClock
    ) async throws(TokenKeyError) {
        try configuration.validate()
        self.configuration = configuration
        self.now = now
        rules = ClaimRules(
            audience: configuration.audience, issuer: configuration.issuer, leeway: configuration.leeway)
        keyring = try await Keyring(keys, algorithms: configuration.algorithms, logger: logger)
    }

    /// The time since 1970 in UTC, as the system has it.
    public static let wallClock: @Sendable () -> Duration = { .seconds(Date().timeIntervalSince1970) }

    /// Who holds the token. It takes the processor, and the disk only where a file of keys has
    /// changed.
    ///
    /// - Parameter token: a JSON Web Token in the compact serialization (RFC 7515 §7.1).
    /// - Throws: why the token is refused.
    public func identity(of token: String) async throws(TokenError) -> TokenIdentity {
        let parts = try TokenParts(token)
        guard configuration.algorithms.contains(where: { $0.description == parts.algorithm }) else {
            throw unsupported(configuration.algorithms)
        }
        guard let key = await keyring.key(for: parts.keyID, now: now()) else {
            throw TokenError(.wrongKey, "No key has the token's kid; get a new token, or give the server its key.")
        }
        guard key.algorithm.description == parts.algorithm else { throw unsupported([key.algorithm]) }
        guard key.isSignature(parts.signature, of: parts.signedBytes) else {
            throw TokenError(.wrongKey, "The token is not signed with the server's key; get one from its issuer.")
        }
        return try rules.identity(from: parts.payload, now: now())
    }

    private func unsupported(_ algorithms: Set<TokenAlgorithm>) -> TokenError {
        let names = algorithms.map(\.description).sorted().joined(separator: ", ")
        return TokenError(.unsupportedAlgorithm, "The token has another algorithm than the key; sign it with \(names).")
    }

    /// Takes new keys in place of the ones there are, for an application that fetches them itself.
    /// When they cannot be used, those before stay.
    ///
    /// - Parameter bytes: a JWK Set (RFC 7517 §5), as for ``TokenKeySource/jwks(_:)``.
    /// - Throws: what is wrong with them; `.invalidSetting` where the keys are not from
    ///   ``TokenKeySource/jwks(_:)``.
    public func replaceKeys(jwks bytes: [UInt8]) async throws(TokenKeyError) {
        try await keyring.replace(jwks: bytes)
    }

    /// Issues a token that this object lets in: with `sub`, `scope`, `iat`, `exp`, and `aud` and
    /// `iss` as configured.
    ///
    /// - Parameters:
    ///   - subject: the user's id, 1 to 256 bytes without control characters.
    ///   - scopes: what the user may do, at most 64 words of at most 64 bytes of ASCII without
    ///     space, `"` and `\` (RFC 6749 §3.3).
    ///   - lifetime: how long it is good, 1 s to 3660 days; full seconds count.
    /// - Throws: `.cannotIssue` where a value is out of its range, or the keys are no secret and no
    ///   private key.
    public func issue(
        subject: String, scopes: Set<String> = [], lifetime: Duration
    ) async throws(TokenKeyError) -> String {
        let claims = IssuedClaims(
            subject: subject, scopes: scopes, audience: configuration.audience, issuer: configuration.issuer)
        let payload = try claims.payload(from: now(), lifetime: lifetime)
        guard let key = await keyring.signingKey else {
            throw TokenKeyError(
                .cannotIssue, "there is no key that can sign tokens",
                advice: "give the secret or the private key in PEM")
        }
        let header = #"{"alg":"\#(key.algorithm)","typ":"JWT"}"#
        var token = Base64URL.encode(header.utf8) + [UInt8(ascii: ".")] + Base64URL.encode(payload)
        let signature = try key.signature(of: token)
        token += [UInt8(ascii: ".")] + Base64URL.encode(signature)
        guard token.count <= TokenParts.maximumSize else {
            throw TokenKeyError(
                .cannotIssue, "the token would have more than \(TokenParts.maximumSize) bytes",
                advice: "give shorter values")
        }
        return String(decoding: token, as: UTF8.self)
    }
}
