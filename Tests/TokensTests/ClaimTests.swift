import Foundation
import Signaling
import Testing

@testable import Tokens

@Suite("what a token has to claim")
struct ClaimTests {
    private let signer = TestSigner.hs256(TestKeys.secret)

    /// The code of the refusal of a token with these claims, at the tests' time.
    private func refusal(
        _ payload: String, _ configuration: JSONWebTokens.Configuration = .init(leeway: .zero)
    ) async throws -> TokenError.Code? {
        try await JSONWebTokens(.secret(TestKeys.secret), configuration).refusal(of: signer.token(payload))
    }

    @Test("who it is, what that one may do and until when is what the claims say")
    func identity() async throws {
        let tokens = try await JSONWebTokens(.secret(TestKeys.secret))
        let claims = TestSigner.claims(#""scope":"join  publish join ","name":"Ada"# + #"""#, expiry: "1700000000.5")
        #expect(
            try await tokens.identity(of: signer.token(claims))
                == TokenIdentity(
                    subject: "ada", scopes: ["join", "publish"], expiry: .milliseconds(1_700_000_000_500)))
        let plain = try await tokens.identity(of: signer.token())
        #expect(plain.scopes.isEmpty)
    }

    @Test(
        "a token is good until exp and from nbf on",
        arguments: [
            ("1700000001", "0", nil), ("1700000000.001", "1700000000", nil), ("17e8", "0", .expired),
            ("1700000000", "0", .expired), ("0", "0", .expired), ("1699999999.999", "0", .expired),
            ("1700000009", "1700000001", .notYetValid), ("1700000009", "1700000000.001", .notYetValid),
            ("253402300799", "0", nil), ("1700000001", "null", nil),
        ] as [(String, String, TokenError.Code?)])
    func times(expiry: String, begin: String, code: TokenError.Code?) async throws {
        #expect(try await refusal(TestSigner.claims(#""nbf":\#(begin)"#, expiry: expiry)) == code)
    }

    @Test("clocks may differ by the leeway, and no more")
    func leeway() async throws {
        let clock = TestClock()
        let tokens = try await JSONWebTokens(.secret(TestKeys.secret), clock: clock)
        let ending = try signer.token(TestSigner.claims(expiry: "1700000000"))
        let beginning = try signer.token(TestSigner.claims(#""nbf":1700000010"#))
        #expect(await tokens.refusal(of: ending) == nil)
        #expect(await tokens.refusal(of: beginning) == nil)
        clock.advance(by: .milliseconds(9999))
        #expect(await tokens.refusal(of: ending) == nil)
        clock.advance(by: .milliseconds(1))
        #expect(await tokens.refusal(of: ending) == .expired)
        clock.advance(by: .milliseconds(-10_001))
        #expect(await tokens.refusal(of: beginning) == .notYetValid)
    }

    @Test(
        "a date that is none is refused and harms nobody",
        arguments: [
            "1e300", "-1e300", "1e999", "-1", "-0.5", "253402300800", "9223372036854775807", "9223372036854775808",
            "1" + String(repeating: "0", count: 400), "1e-400000x", #""1700000060""#, #""NaN""#, "true", "[]",
            "[1700000060]", "{}", "1700000060000",
        ])
    func absurdDates(date: String) async throws {
        #expect(try await refusal(TestSigner.claims(expiry: date)) == .malformed)
        #expect(try await refusal(TestSigner.claims(#""nbf":\#(date)"#)) == .malformed)
    }

    @Test(
        "words that no JSON has for a number are refused",
        arguments: ["NaN", "Infinity", "-Infinity", "0x1", "+1", "01", "1."])
    func noNumbers(date: String) async throws {
        #expect(try await refusal(TestSigner.claims(expiry: date)) == .malformed)
    }

    @Test("exp and sub are required")
    func required() async throws {
        for payload in [#"{"sub":"ada"}"#, #"{"sub":"ada","exp":null}"#, #"{"exp":1700000060}"#, "{}"] {
            #expect(try await refusal(payload) == .missingClaim)
        }
        #expect(try await refusal(#"{"sub":null,"exp":1700000060}"#) == .missingClaim)
    }

    @Test("a subject is 1 to 256 bytes of text without control characters")
    func subjects() async throws {
        func of(_ subject: String) async throws -> TokenError.Code? {
            try await refusal(#"{"sub":\#(subject),"exp":1700000060}"#)
        }
        let longest = String(repeating: "a", count: 256)
        for good in ["a", longest, String(repeating: "é", count: 128), "ada@example.org", "a b", "\u{1F600}"] {
            #expect(try await of(#""\#(good)""#) == nil)
        }
        for bad in [
            #""""#, #""\#(longest)a""#, #""\#(String(repeating: "é", count: 128))a""#, #""a\n""#, #""\u0000""#,
            #""a\u007f""#, #""a\u0085""#, "1", "[\"a\"]", "{}",
        ] { #expect(try await of(bad) == .malformed, "\(bad.prefix(20))") }
    }

    @Test("a scope has at most 64 words of at most 64 bytes")
    func scopes() async throws {
        func of(_ scope: String) async throws -> TokenError.Code? {
            try await refusal(TestSigner.claims(#""scope":\#(scope)"#))
        }
        let words = (0..<64).map { "w\($0)" }.joined(separator: " ")
        let longest = String(repeating: "a", count: 64)
        for good in [#""""#, #"" ""#, #""\#(words)""#, #""\#(longest)""#, #""room:join !#[]~""#, "null"] {
            #expect(try await of(good) == nil)
        }
        for bad in [
            #""\#(words) more""#, #""\#(longest)a""#, #""a\tb""#, #""caf\u00e9""#, #""a\\b""#, #""a\"b""#, "1",
            #"["a"]"#, "{}",
        ] { #expect(try await of(bad) == .malformed, "\(bad.prefix(20))") }
        // The same word again and again is still too many.
        #expect(try await of("\"\(String(repeating: "a ", count: 65))\"") == .malformed)
    }

    @Test(
        "an audience has to be named when one is configured, alone or among others",
        arguments: [
            (#""aud":"chat""#, nil), (#""aud":["chat"]"#, nil), (#""aud":["a","chat","b"]"#, nil),
            (#""aud":"Chat""#, .wrongAudience), (#""aud":"chat ""#, .wrongAudience), (#""aud":[]"#, .wrongAudience),
            (#""aud":["a"]"#, .wrongAudience), (#""aud":"""#, .wrongAudience), (#""x":1"#, .missingClaim),
            (#""aud":null"#, .missingClaim), (#""aud":1"#, .malformed), (#""aud":["chat",1]"#, .malformed),
            (#""aud":[["chat"]]"#, .malformed), (#""aud":{"chat":1}"#, .malformed),
        ] as [(String, TokenError.Code?)])
    func audience(claim: String, code: TokenError.Code?) async throws {
        let payload = TestSigner.claims(claim)
        #expect(try await refusal(payload, .init(audience: "chat")) == code)
        #expect(try await refusal(payload) == nil)
    }

    @Test("names are compared byte for byte")
    func sameLetters() async throws {
        let payload = TestSigner.claims(#""aud":"caf\u0065\u0301","iss":"caf\u00e9""#)
        #expect(try await refusal(payload, .init(audience: "caf\u{65}\u{301}", issuer: "caf\u{e9}")) == nil)
        #expect(try await refusal(payload, .init(audience: "caf\u{e9}")) == .wrongAudience)
        #expect(try await refusal(payload, .init(issuer: "caf\u{65}\u{301}")) == .wrongAudience)
    }

    @Test("an issuer has to be named when one is configured")
    func issuer() async throws {
        let configuration = JSONWebTokens.Configuration(issuer: "https://id.example.org")
        #expect(try await refusal(TestSigner.claims(#""iss":"https://id.example.org""#), configuration) == nil)
        #expect(
            try await refusal(TestSigner.claims(#""iss":"https://id.example.org/""#), configuration)
                == .wrongAudience)
        #expect(
            try await refusal(TestSigner.claims(#""iss":["https://id.example.org"]"#), configuration)
                == .wrongAudience)
        #expect(try await refusal(TestSigner.claims(), configuration) == .missingClaim)
        #expect(try await refusal(TestSigner.claims(#""iss":7"#)) == nil)
    }
}
