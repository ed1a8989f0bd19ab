import Crypto
import CryptoExtras
import Foundation
import Signaling
import Testing

@testable import Tokens

@Suite("keys of a JWK Set are chosen by kid", .timeLimit(.minutes(1)))
struct JWKSTests {
    private func error(
        _ keys: [String], _ configuration: JSONWebTokens.Configuration = .init()
    ) async -> TokenKeyError? { await error(text: TestJWKS.bytes(keys), configuration) }

    private func error(
        text: [UInt8], _ configuration: JSONWebTokens.Configuration = .init()
    ) async -> TokenKeyError? {
        do throws(TokenKeyError) {
            _ = try await JSONWebTokens(keys: .jwks(text), configuration: configuration)
            return nil
        } catch { return error }
    }

    private let p256 = TestJWKS.p256(TestKeys.p256.publicKey, keyID: "p")

    @Test("each key lets in what is signed with it, under its own name and algorithm")
    func kinds() async throws {
        let rsa = try TestKeys.rsa.get()
        let source = TokenKeySource.jwks(
            TestJWKS.bytes([
                try TestJWKS.rsa(rsa.publicKey, keyID: "r", more: #","alg":"RS256","use":"sig","x5t":"x""#), p256,
                TestJWKS.ed25519(TestKeys.ed25519.publicKey, keyID: "e", more: #","key_ops":["verify"]"#),
                TestJWKS.ec(TestKeys.p384.publicKey.rawRepresentation, curve: "P-384", keyID: "384"),
                TestJWKS.ec(TestKeys.p521.publicKey.rawRepresentation, curve: "P-521", keyID: "521"),
            ]))
        let signers: [(String, TestSigner)] = [
            ("r", .rs256(rsa)), ("p", .es256(TestKeys.p256)), ("e", .edDSA(TestKeys.ed25519)),
            ("384", .es384(TestKeys.p384)), ("521", .es512(TestKeys.p521)),
        ]
        let tokens = try await JSONWebTokens(
            source, .init(algorithms: TokenAlgorithm.standard.union([.es384, .es512])))
        for (name, signer) in signers {
            #expect(try await tokens.identity(of: signer.token(keyID: name)).subject == "ada")
            // Under another key's name it is not.
            for (other, _) in signers where other != name {
                #expect(await tokens.refusal(of: try signer.token(keyID: other)) == .unsupportedAlgorithm)
            }
            for stranger in ["", "x", "R", name + " "] {
                #expect(await tokens.refusal(of: try signer.token(keyID: stranger)) == .wrongKey)
            }
            #expect(await tokens.refusal(of: try signer.token()) == .wrongKey, "no kid, several keys")
        }
        let usual = try await JSONWebTokens(source)
        #expect(
            await usual.refusal(of: try TestSigner.es384(TestKeys.p384).token(keyID: "384")) == .unsupportedAlgorithm)
    }

    @Test("where there is one key only, a token may name it or not, but no other")
    func onlyKey() async throws {
        let signer = TestSigner.es256(TestKeys.p256)
        for name in [nil, "p"] {
            let jwk = TestJWKS.p256(TestKeys.p256.publicKey, keyID: name)
            let tokens = try await JSONWebTokens(.jwks(TestJWKS.bytes([jwk])))
            #expect(await tokens.refusal(of: try signer.token()) == nil)
            #expect(await tokens.refusal(of: try signer.token(keyID: "p")) == (name == nil ? .wrongKey : nil))
            for other in ["q", ""] { #expect(await tokens.refusal(of: try signer.token(keyID: other)) == .wrongKey) }
        }
    }

    @Test("a key's own alg fixes its algorithm, which has to be allowed")
    func ownAlgorithm() async throws {
        let rsa = try TestKeys.rsa.get()
        let jwk = try TestJWKS.rsa(rsa.publicKey, keyID: "r", more: #","alg":"PS256""#)
        #expect(await error([jwk])?.code == .unsupported)
        let tokens = try await JSONWebTokens(
            .jwks(TestJWKS.bytes([jwk, p256])), .init(algorithms: [.rs256, .ps256, .es256]))
        #expect(await tokens.refusal(of: try TestSigner.ps256(rsa).token(keyID: "r")) == nil)
        #expect(await tokens.refusal(of: try TestSigner.rs256(rsa).token(keyID: "r")) == .unsupportedAlgorithm)
        // Without alg it could be either.
        let both = JSONWebTokens.Configuration(algorithms: [.rs256, .ps256])
        #expect(await error([try TestJWKS.rsa(rsa.publicKey, keyID: "r")], both)?.code == .invalidSetting)
    }

    @Test("keys for something else, or of a kind not known, are left out")
    func leftOut() async throws {
        let stranger = P256.Signing.PrivateKey().publicKey
        let others = [
            #"{"kty":"oct","kid":"o","k":"\#(TestSigner.encode(Data(TestKeys.secret)))","alg":"HS256"}"#,
            #"{"kty":"AKP","kid":"a","alg":"ML-DSA-44","pub":"AA"}"#,
            #"{"kty":"OKP","crv":"X25519","kid":"x","x":"AA"}"#,
            #"{"kty":"EC","crv":"secp256k1","kid":"k","x":"AA","y":"AA"}"#, #"{"kid":"n"}"#, "{}", #"{"kty":1}"#,
            TestJWKS.p256(stranger, keyID: "enc", more: #","use":"enc""#),
            TestJWKS.p256(stranger, keyID: "ops", more: #","key_ops":["sign"]"#),
            TestJWKS.p256(stranger, keyID: "hs", more: #","alg":"HS256""#),
            TestJWKS.p256(stranger, keyID: "none", more: #","alg":"none""#),
            TestJWKS.p256(stranger, keyID: "number", more: #","alg":256"#),
            TestJWKS.ec(TestKeys.p384.publicKey.rawRepresentation, curve: "P-384", keyID: "384"),
        ]
        for other in others { #expect(await error([other])?.code == .unsupported, "\(other)") }
        let tokens = try await JSONWebTokens(.jwks(TestJWKS.bytes(others + [p256])))
        #expect(await tokens.refusal(of: try TestSigner.es256(TestKeys.p256).token(keyID: "p")) == nil)
        // A secret that somebody published is no key.
        #expect(await tokens.refusal(of: try TestSigner.hs256(TestKeys.secret).token(keyID: "o")) == .wrongKey)
        #expect(await error([])?.code == .unsupported)
    }

    @Test("broken keys are refused with their place")
    func brokenKeys() async throws {
        let point = TestKeys.p256.publicKey.rawRepresentation
        let offCurve = point.dropLast() + [point[63] ^ 1]
        let shifted =
            #"{"kty":"EC","crv":"P-256","kid":"s","x":"\#(TestSigner.encode(point.prefix(31)))","#
            + #""y":"\#(TestSigner.encode(point.suffix(33)))"}"#
        let modulus = TestSigner.encode(try TestKeys.rsa.get().publicKey.getKeyPrimitives().modulus)
        func rsa(_ members: String) -> String { #"{"kty":"RSA","kid":"r",\#(members)}"# }
        let broken = [
            TestJWKS.ec(Data(offCurve), curve: "P-256", keyID: "p"),
            TestJWKS.ec(Data(count: 64), curve: "P-256", keyID: "p"),
            TestJWKS.ec(point, curve: "P-384", keyID: "p", more: #","alg":"ES384""#), shifted,
            #"{"kty":"EC","crv":"P-256","kid":"p"}"#, #"{"kty":"OKP","crv":"Ed25519","kid":"e","x":"AAAA"}"#,
            #"{"kty":"OKP","crv":"Ed25519","kid":"e","x":1}"#, rsa(#""n":"\#(modulus)""#), rsa(#""e":"AQAB""#),
            rsa(#""n":"\#(modulus)=","e":"AQAB""#), rsa(#""n":"\#(modulus)","e":"""#),
            rsa(#""n":"\#(modulus)","e":"AQ""#),
            rsa(#""n":"\#(modulus)","e":"AA""#), rsa(#""n":"\#(modulus)","e":"BA""#),
            rsa(#""n":"\#(modulus)","e":"\#(modulus)""#), p256.replacing(#""kid":"p""#, with: #""kid":1"#),
            p256.replacing(#""kid":"p""#, with: #""kid":"""#),
        ]
        let configuration = JSONWebTokens.Configuration(algorithms: TokenAlgorithm.standard.union([.es384]))
        for jwk in broken {
            let refused = await error([p256, jwk], configuration)
            #expect(refused?.code == .malformed, "\(jwk)")
            #expect(refused?.reason.hasPrefix("keys[1]: ") == true)
        }
        #expect(await error([p256, rsa(#""n":"AAAA","e":"AQAB""#)])?.code == .weak)
        let long = TestSigner.encode(Data(repeating: 0xFF, count: 1025))
        #expect(await error([p256, rsa(#""n":"\#(long)","e":"AQAB""#)])?.code == .unsupported)
    }

    @Test("two keys of one name, or one without a name beside others, are refused")
    func names() async throws {
        #expect(await error([p256, p256])?.code == .malformed)
        #expect(await error([p256, TestJWKS.p256(TestKeys.p256.publicKey, keyID: nil)])?.code == .malformed)
        let used = TestJWKS.p256(TestKeys.p256.publicKey, keyID: "p", more: #","use":"enc""#)
        #expect(await error([p256, used]) == nil)
    }

    @Test(
        "what is no JWK Set is refused",
        arguments: [
            "", "[]", "{}", #"{"keys":{}}"#, #"{"keys":null}"#, #"{"keys":[1]}"#, #"{"keys":[[]]}"#, "{", "null",
            #"{"keys":[],"keys":[]}"#, #"{"keys":[{"kid":"a","kid":"b"}]}"#, "-----BEGIN PUBLIC KEY-----",
        ])
    func noSets(text: String) async {
        #expect(await error(text: Array(text.utf8))?.code == .malformed)
    }

    @Test("more than 100 keys or 256 KiB are refused")
    func large() async {
        let others = (1..<100).map { #"{"kid":"\#($0)"}"# }
        #expect(await error(others + [p256]) == nil)
        #expect(await error(others + [p256, p256])?.code == .tooLarge)
        let filled = TestJWKS.bytes([p256])
        let space = Array(repeating: UInt8(ascii: " "), count: 262_144 - filled.count)
        #expect(await error(text: filled + space) == nil)
        #expect(await error(text: filled + space + [0x20])?.code == .tooLarge)
    }

    @Test("new keys take the place of the old, and broken ones do not")
    func replacing() async throws {
        let next = P256.Signing.PrivateKey()
        let tokens = try await JSONWebTokens(.jwks(TestJWKS.bytes([p256])))
        let old = try TestSigner.es256(TestKeys.p256).token(keyID: "p")
        let new = try TestSigner.es256(next).token(keyID: "q")
        #expect(await tokens.refusal(of: old) == nil)
        await #expect(throws: TokenKeyError.self) { try await tokens.replaceKeys(jwks: Array("{".utf8)) }
        #expect(await tokens.refusal(of: old) == nil)
        #expect(await tokens.refusal(of: new) == .wrongKey)
        try await tokens.replaceKeys(jwks: TestJWKS.bytes([TestJWKS.p256(next.publicKey, keyID: "q")]))
        #expect(await tokens.refusal(of: old) == .wrongKey)
        #expect(await tokens.refusal(of: new) == nil)
        let other = try await JSONWebTokens(.secret(TestKeys.secret))
        let refused = await #expect(throws: TokenKeyError.self) {
            try await other.replaceKeys(jwks: TestJWKS.bytes([p256]))
        }
        #expect(refused?.code == .invalidSetting)
    }
}
