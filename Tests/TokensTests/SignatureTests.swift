import Crypto
import CryptoExtras
import Foundation
import Signaling
import Testing

@testable import Tokens

@Suite("the key fixes the algorithm, and only its holder signs", .timeLimit(.minutes(1)))
struct SignatureTests {
    private let ada = TokenIdentity(subject: "ada", scopes: [], expiry: .seconds(1_700_000_060))

    @Test("a token signed with a shared secret is let in")
    func secret() async throws {
        let tokens = try await JSONWebTokens(.secret(TestKeys.secret))
        #expect(try await tokens.identity(of: TestSigner.hs256(TestKeys.secret).token()) == ada)
        #expect(await tokens.refusal(of: try TestSigner.hs256(TestKeys.secret.reversed()).token()) == .wrongKey)
    }

    @Test("tokens signed with the private key of a PEM key are let in, whatever kid they name")
    func pem() async throws {
        let rsa = try TestKeys.rsa.get()
        let cases: [(String, TestSigner, TestSigner)] = [
            (rsa.publicKey.pemRepresentation, .rs256(rsa), .rs256(try .init(keySize: .bits2048))),
            (rsa.publicKey.pkcs1PEMRepresentation, .rs256(rsa), .hs256(TestKeys.secret)),
            (TestKeys.p256.publicKey.pemRepresentation, .es256(TestKeys.p256), .es256(.init())),
            (TestKeys.ed25519.publicKey.pemRepresentation, .edDSA(TestKeys.ed25519), .edDSA(.init())),
        ]
        for (pem, signer, stranger) in cases {
            let tokens = try await JSONWebTokens(.pem(pem))
            #expect(try await tokens.identity(of: signer.token()) == ada)
            #expect(try await tokens.identity(of: signer.token(keyID: "anything")) == ada)
            let refusal = await tokens.refusal(of: try stranger.token())
            #expect(refusal == (stranger.algorithm == signer.algorithm ? .wrongKey : .unsupportedAlgorithm))
        }
    }

    @Test("other algorithms are refused until they are asked for, and then the usual ones are")
    func otherAlgorithms() async throws {
        let rsa = try TestKeys.rsa.get()
        let pem = rsa.publicKey.pemRepresentation
        let usual = try await JSONWebTokens(.pem(pem))
        for (signer, algorithm) in [(TestSigner.rs384(rsa), TokenAlgorithm.rs384), (.ps256(rsa), .ps256)] {
            #expect(await usual.refusal(of: try signer.token()) == .unsupportedAlgorithm)
            // Nor does it help to call it by the usual name.
            #expect(await usual.refusal(of: try signer.token(header: #"{"alg":"RS256"}"#)) == .wrongKey)
            let asked = try await JSONWebTokens(.pem(pem), .init(algorithms: [algorithm]))
            #expect(try await asked.identity(of: signer.token()) == ada)
            #expect(await asked.refusal(of: try TestSigner.rs256(rsa).token()) == .unsupportedAlgorithm)
        }
        let es384 = try await JSONWebTokens(
            .pem(TestKeys.p384.publicKey.pemRepresentation), .init(algorithms: [.es384]))
        #expect(try await es384.identity(of: TestSigner.es384(TestKeys.p384).token()) == ada)
        let es512 = try await JSONWebTokens(
            .pem(TestKeys.p521.publicKey.pemRepresentation), .init(algorithms: [.es512]))
        #expect(try await es512.identity(of: TestSigner.es512(TestKeys.p521).token()) == ada)
    }

    @Test("a token signed with the text of a public key as its secret is refused")
    func confusion() async throws {
        let rsa = try TestKeys.rsa.get()
        for pem in [rsa.publicKey.pemRepresentation, TestKeys.p256.publicKey.pemRepresentation] {
            let tokens = try await JSONWebTokens(.pem(pem))
            for secret in [pem, pem + "\n", pem.trimmingCharacters(in: .newlines)] {
                let signer = TestSigner.hs256(Data(secret.utf8))
                #expect(await tokens.refusal(of: try signer.token()) == .unsupportedAlgorithm)
                // The name of the key's own algorithm makes it a signature of the wrong kind.
                let own = pem.contains("MFkw") ? "ES256" : "RS256"
                #expect(await tokens.refusal(of: try signer.token(header: #"{"alg":"\#(own)"}"#)) == .wrongKey)
            }
        }
        let jwks = try await JSONWebTokens(.jwks(TestJWKS.bytes([TestJWKS.rsa(rsa.publicKey, keyID: "a")])))
        let modulus = try rsa.publicKey.getKeyPrimitives().modulus
        #expect(await jwks.refusal(of: try TestSigner.hs256(modulus).token(keyID: "a")) == .unsupportedAlgorithm)
    }

    @Test(
        "an unsigned token is refused in every spelling",
        arguments: ["none", "None", "NONE", "nOnE", "", " none", "none\\u0000", "hs256", "HS256 ", "HS1"])
    func unsigned(name: String) async throws {
        let none = TestSigner(algorithm: name) { _ in Data() }
        for source in [TokenKeySource.secret(TestKeys.secret), .pem(TestKeys.p256.publicKey.pemRepresentation)] {
            let tokens = try await JSONWebTokens(source)
            #expect(await tokens.refusal(of: try none.token()) == .unsupportedAlgorithm)
        }
        let usual = try await JSONWebTokens(.secret(TestKeys.secret))
        #expect(await usual.refusal(of: try none.token(header: #"{"alg":"HS256"}"#)) == .wrongKey)
    }

    @Test("a key that the token brings or links to is not looked at")
    func ownKey() async throws {
        let stranger = P256.Signing.PrivateKey()
        let tokens = try await JSONWebTokens(.pem(TestKeys.p256.publicKey.pemRepresentation))
        let jwk = TestJWKS.p256(stranger.publicKey, keyID: "a")
        for member in [#""jwk":\#(jwk)"#, #""jku":"https://127.0.0.1/keys""#, #""x5c":["AAAA"]"#] {
            let header = #"{"alg":"ES256",\#(member)}"#
            #expect(await tokens.refusal(of: try TestSigner.es256(stranger).token(header: header)) == .wrongKey)
        }
    }

    @Test("a signature cut, changed, doubled or in DER is refused")
    func brokenSignatures() async throws {
        let tokens = try await JSONWebTokens(.pem(TestKeys.p256.publicKey.pemRepresentation))
        let right = TestSigner.es256(TestKeys.p256)
        let changes: [@Sendable (Data) -> Data] = [
            { $0.dropLast() }, { $0 + [0] }, { $0 + $0 }, { _ in Data(count: 64) }, { _ in Data() },
            { Data([$0[0] ^ 1]) + $0.dropFirst() },
        ]
        for change in changes {
            let signer = TestSigner(algorithm: "ES256") { change(try right.signature($0)) }
            #expect(await tokens.refusal(of: try signer.token()) == .wrongKey)
        }
        let der = TestSigner(algorithm: "ES256") { try TestKeys.p256.signature(for: $0).derRepresentation }
        #expect(await tokens.refusal(of: try der.token()) == .wrongKey)
    }

    @Test("many tasks may ask at once")
    func concurrency() async throws {
        let tokens = try await JSONWebTokens(.pem(TestKeys.ed25519.publicKey.pemRepresentation))
        let good = try TestSigner.edDSA(TestKeys.ed25519).token()
        let bad = try TestSigner.edDSA(.init()).token()
        let letIn = await withTaskGroup(of: Bool.self) { group in
            for index in 0..<200 {
                group.addTask { await tokens.refusal(of: index % 2 == 0 ? good : bad) == nil }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(letIn == 100)
    }
}
