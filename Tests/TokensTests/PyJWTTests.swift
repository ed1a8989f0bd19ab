import Crypto
import CryptoExtras
import Foundation
import Signaling
import TestSupport
import Testing

@testable import Tokens

/// Tokens and keys of Python's PyJWT, which knows nothing of ours. Where it is missing the test is skipped; where `CI`
/// is set it fails.
@Suite("interoperation with Python's PyJWT", .timeLimit(.minutes(1)))
struct PyJWTTests {
    @Test(
        "its tokens are let in, and it lets in ours",
        .enabled("no Python with PyJWT and cryptography") {
            if TestProgram.isCI { return true }
            return await TestProgram.pythonWithJWT() != nil
        })
    func tokens() async throws {
        let python = try #require(
            await TestProgram.pythonWithJWT(), "Debian: apt-get install python3-jwt python3-cryptography")
        let folder = try TestFolder()
        let rsa = try TestKeys.rsa.get()
        let secret = try folder.write(TestKeys.secret + [0x0A], to: "secret")
        let privateKeys = [
            ("HS256", secret), ("RS256", try folder.write(Array(rsa.pemRepresentation.utf8), to: "rsa")),
            ("ES256", try folder.write(Array(TestKeys.p256.pemRepresentation.utf8), to: "p256")),
            ("EdDSA", try folder.write(Array(TestKeys.ed25519.pemRepresentation.utf8), to: "ed25519")),
        ]
        let publicKeys = [
            "HS256": secret, "RS256": try folder.write(Array(rsa.publicKey.pemRepresentation.utf8), to: "rsa.pub"),
            "ES256": try folder.write(Array(TestKeys.p256.publicKey.pemRepresentation.utf8), to: "p256.pub"),
            "EdDSA": try folder.write(Array(TestKeys.ed25519.publicKey.pemRepresentation.utf8), to: "ed25519.pub"),
        ]
        let configuration = JSONWebTokens.Configuration(audience: "chat", issuer: "https://id.example.org")
        for (algorithm, path) in privateKeys {
            let publicKey = try #require(publicKeys[algorithm])
            let isSecret = algorithm == "HS256"
            // The real time: PyJWT takes no other.
            let issuer = try await JSONWebTokens(
                keys: isSecret ? .secretFile(path) : .pemFile(path), configuration: configuration)
            let ours = try await issuer.issue(subject: "adé", scopes: ["a", "b"], lifetime: .seconds(600))
            let (status, output) = try await TestProgram.run([
                python, "-c", Self.script, algorithm, path, publicKey, ours,
            ])
            try #require(status == 0, "\(algorithm): \(output)")
            let lines = output.split(separator: "\n").map(String.init)
            try #require(lines.count == 4)
            let verifier = try await JSONWebTokens(
                keys: isSecret ? .secretFile(publicKey) : .pemFile(publicKey), configuration: configuration)
            let identity = try await verifier.identity(of: lines[0])
            #expect(identity.subject == "üser")
            #expect(identity.scopes == ["join", "publish"])
            #expect(await verifier.refusal(of: lines[1]) == .expired)
            #expect(await verifier.refusal(of: lines[2]) == .unsupportedAlgorithm)
            // Its own JWK of the key, where it has one; a secret is no key of a JWK Set.
            if lines[3] != "-" {
                let set = try await JSONWebTokens(
                    keys: .jwks(TestJWKS.bytes([lines[3]])), configuration: configuration)
                #expect(await set.refusal(of: lines[0]) == nil)
            }
        }
    }

    private static let script = #"""
        import json, sys, time
        import jwt
        from jwt.algorithms import RSAAlgorithm
        from cryptography.hazmat.primitives.serialization import load_pem_public_key

        algorithm, private_path, public_path, ours = sys.argv[1:]
        private, public = (open(path, "rb").read().rstrip(b"\n") for path in (private_path, public_path))
        now = int(time.time())
        claims = {"sub": "üser", "scope": "join publish", "aud": ["other", "chat"], "iss": "https://id.example.org",
                  "exp": now + 600, "nbf": now, "iat": now, "jti": "1"}
        headers = {"kid": "key"}
        seen = jwt.decode(ours, public, algorithms=[algorithm], audience="chat", issuer="https://id.example.org",
                          options={"require": ["exp", "iat", "sub"]})
        assert seen["sub"] == "adé" and seen["scope"] == "a b", seen
        print(jwt.encode(claims, private, algorithm=algorithm, headers=headers))
        print(jwt.encode({**claims, "exp": now - 11}, private, algorithm=algorithm, headers=headers))
        print(jwt.encode(claims, None, algorithm="none", headers=headers))
        if algorithm == "RS256":
            print(json.dumps({**json.loads(RSAAlgorithm.to_jwk(load_pem_public_key(public))), "kid": "key"}))
        else:
            print("-")
        """#
}
