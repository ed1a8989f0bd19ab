import Crypto
import CryptoExtras
import Foundation
import Signaling
import StrictJSON
import Testing

@testable import Tokens

@Suite("tokens that are issued")
struct IssueTests {
    @Test("a token is let in by who issued it, and by who has the public key")
    func roundTrip() async throws {
        let rsa = try TestKeys.rsa.get()
        let pairs: [(TokenKeySource, TokenKeySource)] = [
            (.secret(TestKeys.secret), .secret(TestKeys.secret)),
            (.pem(TestKeys.p256.pemRepresentation), .pem(TestKeys.p256.publicKey.pemRepresentation)),
            (.pem(TestKeys.ed25519.pemRepresentation), .pem(TestKeys.ed25519.publicKey.pemRepresentation)),
            (.pem(rsa.pemRepresentation), .pem(rsa.publicKey.pemRepresentation)),
        ]
        let configuration = JSONWebTokens.Configuration(audience: "chat", issuer: "https://id.example.org")
        for (own, others) in pairs {
            let issuer = try await JSONWebTokens(own, configuration)
            let token = try await issuer.issue(subject: "adé \" \\", scopes: ["b", "a"], lifetime: .seconds(60))
            let identity = TokenIdentity(
                subject: "adé \" \\", scopes: ["a", "b"], expiry: .seconds(1_700_000_060))
            #expect(try await issuer.identity(of: token) == identity)
            #expect(try await JSONWebTokens(others, configuration).identity(of: token) == identity)
        }
    }

    @Test("it says what RFC 7519 has words for, and no more")
    func claims() async throws {
        let plain = try await JSONWebTokens(.secret(TestKeys.secret)).issue(subject: "ada", lifetime: .seconds(1))
        let parts = plain.split(separator: ".").map { Base64URL.decode($0.utf8) ?? [] }
        #expect(String(decoding: parts[0], as: UTF8.self) == #"{"alg":"HS256","typ":"JWT"}"#)
        #expect(String(decoding: parts[1], as: UTF8.self) == #"{"exp":1700000001,"iat":1700000000,"sub":"ada"}"#)
    }

    @Test("what would be refused is not issued")
    func refused() async throws {
        let tokens = try await JSONWebTokens(.secret(TestKeys.secret))
        func code(
            _ subject: String, _ scopes: Set<String> = [], _ lifetime: Duration = .seconds(60)
        ) async -> TokenKeyError.Code? {
            do throws(TokenKeyError) {
                _ = try await tokens.issue(subject: subject, scopes: scopes, lifetime: lifetime)
                return nil
            } catch { return error.code }
        }
        let many = Set((0..<64).map { String(repeating: "a", count: 61) + "\($0 + 100)" })
        #expect(await code(String(repeating: "\"", count: 256), many) == nil)
        for subject in ["", "a\n", String(repeating: "a", count: 257)] {
            #expect(await code(subject) == .cannotIssue)
        }
        for scopes in [["a b"], [""], ["é"], many.union(["a"])] as [Set<String>] {
            #expect(await code("ada", scopes) == .cannotIssue)
        }
        for lifetime in [
            Duration.zero, .seconds(-1), .milliseconds(999), .seconds(3660 * 86_400 + 1), .seconds(Int64.max),
        ] {
            #expect(await code("ada", [], lifetime) == .cannotIssue)
        }
        #expect(await code("ada", [], .seconds(3660 * 86_400)) == nil)
    }

    @Test("a public key and a JWK Set issue nothing")
    func publicKeys() async throws {
        let jwk = TestJWKS.p256(TestKeys.p256.publicKey, keyID: "p")
        for source in [
            TokenKeySource.pem(TestKeys.p256.publicKey.pemRepresentation), .jwks(TestJWKS.bytes([jwk])),
        ] {
            let tokens = try await JSONWebTokens(source)
            let error = await #expect(throws: TokenKeyError.self) {
                try await tokens.issue(subject: "ada", lifetime: .seconds(60))
            }
            #expect(error?.code == .cannotIssue)
        }
    }

    @Test("a clock beyond all years harms nobody")
    func absurdClock() async throws {
        for now in [Duration.seconds(Int64.max), .seconds(Int64.min), .seconds(-1), .seconds(253_402_300_799)] {
            let tokens = try await JSONWebTokens(keys: .secret(TestKeys.secret), now: { now })
            let error = await #expect(throws: TokenKeyError.self) {
                try await tokens.issue(subject: "ada", lifetime: .seconds(60))
            }
            #expect(error?.code == .cannotIssue)
            _ = await tokens.refusal(of: try TestSigner.hs256(TestKeys.secret).token())
        }
    }
}
