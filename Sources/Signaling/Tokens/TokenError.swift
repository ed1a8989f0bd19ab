/// Why a token is refused.
public struct TokenError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of refusal.
    public enum Code: Sendable, Hashable {
        /// The text is no token, or one of its members has a value that it may not have.
        case malformed
        /// The signature is not right, or there is no key with the token's `kid`.
        case wrongKey
        /// The token's time is over.
        case expired
        /// The token's time has not begun.
        case notYetValid
        /// The token was made for somebody else, or by somebody else: `aud` or `iss` is not what
        /// the server expects.
        case wrongAudience
        /// A claim that the server needs is not there.
        case missingClaim
        /// The algorithm is not the key's, or the token asks for an extension (`crit`).
        case unsupportedAlgorithm
        /// The token is larger than the limit.
        case tooLarge
    }

    /// The kind of refusal.
    public let code: Code
    /// What was wrong and what to do. Nothing of the token stands in it, so it may be logged and
    /// sent to whoever sent the token.
    public let message: String

    /// A refusal.
    ///
    /// - Parameters:
    ///   - code: the kind.
    ///   - message: what was wrong and what to do, without anything from the token.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Code and message in one line.
    public var description: String { "\(code): \(message)" }
}
