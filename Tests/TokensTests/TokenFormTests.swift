import Foundation
import Signaling
import TestSupport
import Testing

@testable import Tokens

@Suite("what is no token is refused, and nothing traps", .timeLimit(.minutes(1)))
struct TokenFormTests {
    private let signer = TestSigner.hs256(TestKeys.secret)

    private func refusal(_ token: String) async throws -> TokenError.Code? {
        try await JSONWebTokens(.secret(TestKeys.secret)).refusal(of: token)
    }

    @Test(
        "a text of another form is malformed",
        arguments: [
            "", ".", "..", "...", "a.b", "a.b.c.d", "a.b.c.d.e", "a.b.c", "eyJ.eyJ.x", "\0.\0.\0", "Bearer e30.e30.",
            "e30=.e30.", "e30.e30.", " ", "\u{1F600}.\u{1F600}.\u{1F600}", String(repeating: ".", count: 8192),
        ])
    func noTokens(text: String) async throws {
        #expect(try await refusal(text) == .malformed)
    }

    @Test("a space, a line end or padding around a right token is refused")
    func surroundings() async throws {
        let token = try signer.token()
        #expect(try await refusal(token) == nil)
        for text in [" " + token, token + "\n", token + "=", token + ".", "." + token] {
            #expect(try await refusal(text) == .malformed)
        }
        #expect(try await refusal(token + "A") == .wrongKey)
        // The bits that base64url leaves over in the last character of 32 bytes are 0.
        let last = try #require(token.utf8.last)
        #expect(try await refusal(token.dropLast() + String(Character(Unicode.Scalar(last + 1)))) == .malformed)
    }

    @Test("a token over 8 KiB is refused before it is read")
    func large() async throws {
        // Of nothing but letters, so that reading it would say something else.
        #expect(try await refusal(String(repeating: "a", count: 8193)) == .tooLarge)
        #expect(try await refusal(String(repeating: "a", count: 8192)) == .malformed)
        let filled = try signer.token(TestSigner.claims(#""x":"\#(String(repeating: "a", count: 5900))""#))
        #expect(try await refusal(filled) == nil)
        #expect(try await refusal(String(repeating: "a.", count: 500_000)) == .tooLarge)
    }

    @Test(
        "a header that is none is malformed",
        arguments: [
            "{}", "[]", "1", "", "{", #""HS256""#, #"{"alg":null}"#, #"{"alg":256}"#, #"{"alg":["HS256"]}"#,
            #"{"alg":"HS256"}x"#, #"{"alg":"HS256","kid":1}"#, #"{"alg":"HS256","kid":null}"#, #"{"ALG":"HS256"}"#,
            #"{"alg":"HS256","x":01}"#,
        ])
    func headers(header: String) async throws {
        #expect(try await refusal(signer.token(header: header)) == .malformed)
    }

    @Test(
        "critical extensions are refused, whatever is critical",
        arguments: [#"["exp"]"#, #"["b64"],"b64":false"#, "[]", "null", #""exp""#, #"["alg"]"#])
    func critical(value: String) async throws {
        #expect(
            try await refusal(signer.token(header: #"{"alg":"HS256","crit":\#(value)}"#)) == .unsupportedAlgorithm)
    }

    @Test("two members of one name are refused, in header and claims, at any depth, however they are written")
    func repeated() async throws {
        for header in [
            #"{"alg":"HS256","alg":"HS256"}"#, #"{"alg":"none","alg":"HS256"}"#, #"{"alg":"HS256","\u0061lg":"HS256"}"#,
            #"{"alg":"HS256","x":{"a":[{"b":1,"b":2}]}}"#,
        ] { #expect(try await refusal(signer.token(header: header)) == .malformed) }
        for claims in [#""sub":"eve""#, #""s\u0075b":"eve""#, #""exp":1700000060"#, #""x":[{"a":1,"a":1}]"#] {
            #expect(try await refusal(signer.token(TestSigner.claims(claims))) == .malformed)
        }
        let once = #""x":{"sub":"eve","x":["sub","sub","a\"sub\":",{"sub":1},{"sub":1}]},"y":"sub","Sub":1"#
        #expect(try await refusal(signer.token(TestSigner.claims(once))) == nil)
    }

    @Test("a payload that is no JSON object is malformed", arguments: ["", "[]", "1", "null", "{", #"{"sub":"a",}"#])
    func payloads(payload: String) async throws {
        #expect(try await refusal(signer.token(payload)) == .malformed)
    }

    @Test("deep nesting and long runs of marks are malformed")
    func dear() async throws {
        let deep = String(repeating: "[", count: 2000) + String(repeating: "]", count: 2000)
        #expect(try await refusal(signer.token(TestSigner.claims(#""x":\#(deep)"#))) == .malformed)
        let marks = "a" + String(repeating: "\u{301}\u{316}", count: 1000)
        #expect(try await refusal(signer.token(TestSigner.claims(#""x":"\#(marks)""#))) == .malformed)
    }

    @Test("what is said of a token holds nothing of it")
    func messages() async throws {
        let word = "Xq7Zkw"
        let tokens = try await JSONWebTokens(
            .secret(TestKeys.secret), .init(audience: "chat", issuer: "https://id.example.org"))
        let payloads = [
            TestSigner.claims(), TestSigner.claims(#""aud":"\#(word)","iss":"\#(word)""#),
            #"{"\#(word)":1,"\#(word)":2}"#,
            word, TestSigner.claims(#""iss":"https://id.example.org","aud":"\#(word)""#),
            TestSigner.claims(expiry: #""\#(word)""#), "{\"\(word)",
        ]
        let headers = [
            nil, #"{"alg":"\#(word)"}"#, #"{"alg":"HS256","\#(word)":1,"\#(word)":2}"#, word,
            #"{"alg":"HS256","crit":["\#(word)"]}"#,
        ]
        for payload in payloads {
            for header in headers {
                let error = await #expect(throws: TokenError.self) {
                    try await tokens.identity(of: signer.token(payload, header: header))
                }
                #expect(error?.description.contains(word) == false)
            }
        }
    }

    @Test("changed bytes are refused, a thousand times", arguments: 0..<4 as Range<UInt64>)
    func mutations(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let tokens = try await JSONWebTokens(.secret(TestKeys.secret))
        let right = Array(try signer.token(TestSigner.claims(#""scope":"a b","aud":["x"]"#)).utf8)
        for _ in 0..<250 {
            var bytes = right
            for _ in 0...Int.random(in: 0..<4, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: place)
                default: bytes.insert(UInt8.random(in: 0x20...0x7E, using: &random), at: place)
                }
            }
            guard bytes != right else { continue }
            #expect(await tokens.refusal(of: String(decoding: bytes, as: UTF8.self)) != nil)
        }
    }

    @Test("signed nonsense harms nobody", arguments: 0..<4 as Range<UInt64>)
    func signedNonsense(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let tokens = try await JSONWebTokens(.secret(TestKeys.secret), .init(audience: "x"))
        let right = Array(TestSigner.claims(#""scope":"a b","aud":["x"],"nbf":1.5e3,"iss":"\u00e9""#).utf8)
        for _ in 0..<250 {
            var bytes = right
            for _ in 0...Int.random(in: 0..<6, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                bytes[place] = Array(#"{}[]",:\eE+-.0129 nulltrue"#.utf8).randomElement(using: &random) ?? 0
            }
            _ = await tokens.refusal(of: try signer.token(String(decoding: bytes, as: UTF8.self)))
        }
    }

    @Test("base64url is read as Foundation writes it, and in no other way")
    func base64URL() {
        var random = SeededGenerator(seed: 7)
        for count in 0..<70 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            let text = TestSigner.encode(Data(bytes))
            #expect(String(decoding: Base64URL.encode(bytes), as: UTF8.self) == text)
            #expect(Base64URL.decode(text.utf8) == bytes)
        }
        for text in ["A", "AAAAA", "AB", "AAB", "A=", "AA==", "+A", "/A", "A A", "AA\n", "é"] {
            #expect(Base64URL.decode(text.utf8) == nil)
        }
    }
}
