/// Says who holds a token, so that a server knows whom it lets in.
///
/// A token comes in `Authorization: Bearer`, in the query member `token`, or in a message
/// `{"type":"auth","token":…}`. The target Tokens has a verifier of JSON Web Tokens (RFC 7519); an
/// application with tokens of another kind writes its own.
public protocol TokenVerifier: Sendable {
    /// Who holds the token, and what that one may do.
    ///
    /// Many tasks may ask at once.
    ///
    /// - Parameter token: the token as it came; it may be of any length and content.
    /// - Throws: why the token is refused.
    func identity(of token: String) async throws(TokenError) -> TokenIdentity
}
