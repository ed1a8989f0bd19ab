internal import Signaling
internal import StrictJSON

/// What a token has to claim to be let in (RFC 7519 §4.1).
struct ClaimRules: Sendable {
    static let subjectSize = 1...256
    static let maximumScopes = 64
    static let scopeSize = 1...64
    /// Seconds since 1970 of the years to 9999. What lies beyond is no date but a mistake, such as
    /// milliseconds.
    static let dates = 0.0...253_402_300_799

    /// Who has to be named in `aud`; nil where `aud` does not matter.
    let audience: String?
    /// Who has to be named in `iss`; nil where `iss` does not matter.
    let issuer: String?
    /// How much the clocks of issuer and server may differ.
    let leeway: Duration

    /// Who the claims speak of.
    ///
    /// - Parameters:
    ///   - payload: a token's payload whose signature is right.
    ///   - now: the time since 1970.
    func identity(from payload: [UInt8], now: Duration) throws(TokenError) -> TokenIdentity {
        let claims: [String: JSONValue]
        do throws(JSONMembers.Failure) { claims = try JSONMembers.read(payload) } catch {
            throw TokenError(.malformed, "The token's payload \(error.reason).")
        }
        let expiry = try checkTimes(claims, now: now)
        try checkIssuer(claims)
        try checkAudience(claims)
        return TokenIdentity(subject: try subject(claims), scopes: try scopes(claims), expiry: expiry)
    }

    private func checkTimes(_ claims: [String: JSONValue], now: Duration) throws(TokenError) -> Duration {
        guard let expiry = try date("exp", of: claims) else { throw missing("exp") }
        // RFC 7519 §4.1.4: on the second or after it.
        guard now < expiry + leeway else { throw TokenError(.expired, "The token has expired; get a new one.") }
        if let start = try date("nbf", of: claims), now < start - leeway {
            throw TokenError(.notYetValid, "The token is not valid yet; wait, or set the clocks of both machines.")
        }
        return expiry
    }

    /// A NumericDate (RFC 7519 §2): seconds since 1970, with a fraction or without.
    private func date(_ name: String, of claims: [String: JSONValue]) throws(TokenError) -> Duration? {
        guard let claim = claims[name], claim != .null else { return nil }
        guard let seconds = claim.double, Self.dates.contains(seconds) else {
            throw TokenError(.malformed, "The claim \(name) is no number of seconds between 1970 and the year 9999.")
        }
        return .seconds(seconds)
    }

    private func checkIssuer(_ claims: [String: JSONValue]) throws(TokenError) {
        guard let issuer else { return }
        guard let claim = claims["iss"], claim != .null else { throw missing("iss") }
        guard Self.isSame(claim, issuer) else {
            throw TokenError(.wrongAudience, "The token is from another issuer; get one where this server's come from.")
        }
    }

    /// RFC 7519 §4.1.3: one string, or an array of them of which one has to be the server.
    private func checkAudience(_ claims: [String: JSONValue]) throws(TokenError) {
        guard let audience else { return }
        guard let claim = claims["aud"], claim != .null else { throw missing("aud") }
        let named: [JSONValue] = if case .array(let elements) = claim { elements } else { [claim] }
        guard named.allSatisfy({ $0.text != nil }) else {
            throw TokenError(.malformed, "The claim aud is neither a string nor an array of strings.")
        }
        guard named.contains(where: { Self.isSame($0, audience) }) else {
            throw TokenError(.wrongAudience, "The token is for another server; get one for this server's audience.")
        }
    }

    /// Compares byte for byte (RFC 7519 §2, StringOrURI), where Swift's `==` takes two ways of
    /// writing one letter as the same.
    private static func isSame(_ claim: JSONValue, _ text: String) -> Bool {
        claim.text?.utf8.elementsEqual(text.utf8) == true
    }

    private func subject(_ claims: [String: JSONValue]) throws(TokenError) -> String {
        guard let claim = claims["sub"], claim != .null else { throw missing("sub") }
        guard let subject = claim.text else { throw TokenError(.malformed, "The claim sub is not a string.") }
        if let problem = Self.problem(ofSubject: subject) {
            throw TokenError(.malformed, "The claim sub \(problem).")
        }
        return subject
    }

    private func scopes(_ claims: [String: JSONValue]) throws(TokenError) -> Set<String> {
        guard let claim = claims["scope"], claim != .null else { return [] }
        guard let text = claim.text else {
            throw TokenError(.malformed, "The claim scope is not a string of words separated by spaces.")
        }
        let words = text.split(separator: " ").map(String.init)
        if let problem = Self.problem(ofScopes: words) { throw TokenError(.malformed, "The claim scope \(problem).") }
        return Set(words)
    }

    private func missing(_ name: String) -> TokenError {
        TokenError(.missingClaim, "The token has no claim \(name), which this server needs; issue it with one.")
    }

    /// What is wrong with a user's id, in words that follow its name.
    static func problem(ofSubject subject: String) -> String? {
        guard subjectSize.contains(subject.utf8.count) else {
            return "has \(subject.utf8.count) bytes, not \(subjectSize.lowerBound) to \(subjectSize.upperBound)"
        }
        let hasControl = subject.unicodeScalars.contains { $0.properties.generalCategory == .control }
        return hasControl ? "has a control character" : nil
    }

    /// What is wrong with the words of a scope (RFC 6749 §3.3), in words that follow its name.
    static func problem(ofScopes words: some Collection<String>) -> String? {
        guard words.count <= maximumScopes else { return "has more than \(maximumScopes) words" }
        for word in words {
            guard scopeSize.contains(word.utf8.count) else {
                return "has a word that is not of \(scopeSize.lowerBound) to \(scopeSize.upperBound) bytes"
            }
            guard word.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C }) else {
                return "has a word with other characters than those of ASCII without space, \" and \\"
            }
        }
        return nil
    }
}
