/// Who holds a token, and what that one may do.
public struct TokenIdentity: Sendable, Hashable {
    /// The user's id: the claim `sub` of a JSON Web Token (RFC 7519 §4.1.2).
    public var subject: String
    /// What the user may do: the words of the claim `scope` (RFC 8693 §4.2).
    public var scopes: Set<String>
    /// When the token ends, as the time since 1970 by the wall clock in UTC; nil for one that never
    /// does. A verifier may let it in for some seconds more, for clocks that differ.
    public var expiry: Duration?

    /// An identity as given.
    ///
    /// - Parameters:
    ///   - subject: the user's id.
    ///   - scopes: what the user may do.
    ///   - expiry: when the token ends, since 1970; nil for never.
    public init(subject: String, scopes: Set<String> = [], expiry: Duration? = nil) {
        self.subject = subject
        self.scopes = scopes
        self.expiry = expiry
    }
}
