internal import StrictJSON

/// What a token says that is issued here.
struct IssuedClaims {
    static let lifetimes = Duration.seconds(1) ... .seconds(3660 * 86_400)

    let subject: String
    let scopes: Set<String>
    let audience: String?
    let issuer: String?

    /// The claims as JSON.
    ///
    /// - Throws: `.cannotIssue` for a value that would be refused.
    func payload(from now: Duration, lifetime: Duration) throws(TokenKeyError) -> [UInt8] {
        guard Self.lifetimes.contains(lifetime) else {
            throw TokenKeyError(.cannotIssue, "the lifetime is \(lifetime)", advice: "1 second to 3660 days")
        }
        if let problem = ClaimRules.problem(ofSubject: subject) {
            throw TokenKeyError(.cannotIssue, "the subject \(problem)", advice: "use the user's id")
        }
        if let problem = ClaimRules.problem(ofScopes: scopes) {
            throw TokenKeyError(.cannotIssue, "the scope \(problem)", advice: "give fewer or other words")
        }
        let begin = now.components.seconds
        guard ClaimRules.dates.contains(Double(begin)),
            ClaimRules.dates.contains(Double(begin + lifetime.components.seconds))
        else {
            throw TokenKeyError(
                .cannotIssue, "the token would not end between 1970 and the year 9999", advice: "set the clock")
        }
        let end = begin + lifetime.components.seconds
        var claims: [String: JSONValue] = [
            "sub": .string(subject), "iat": .number("\(begin)"), "exp": .number("\(end)"),
        ]
        if !scopes.isEmpty { claims["scope"] = .string(scopes.sorted().joined(separator: " ")) }
        if let audience { claims["aud"] = .string(audience) }
        if let issuer { claims["iss"] = .string(issuer) }
        return JSONValue.object(claims).bytes
    }
}
