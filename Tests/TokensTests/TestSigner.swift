import Crypto
import CryptoExtras
import Foundation
import Synchronization

import Signaling
@testable import Tokens

/// Signs tokens of any content. It shares nothing with the target but the cryptography, not even base64url.
struct TestSigner: Sendable {
    let algorithm: String
    let signature: @Sendable (Data) throws -> Data

    static func hs256(_ secret: some DataProtocol & Sendable) -> TestSigner {
        let key = SymmetricKey(data: Data(secret))
        return TestSigner(algorithm: "HS256") { Data(HMAC<SHA256>.authenticationCode(for: $0, using: key)) }
    }

    static func rs256(_ key: _RSA.Signing.PrivateKey) -> TestSigner {
        TestSigner(algorithm: "RS256") {
            try key.signature(for: SHA256.hash(data: $0), padding: .insecurePKCS1v1_5).rawRepresentation
        }
    }

    static func rs384(_ key: _RSA.Signing.PrivateKey) -> TestSigner {
        TestSigner(algorithm: "RS384") {
            try key.signature(for: SHA384.hash(data: $0), padding: .insecurePKCS1v1_5).rawRepresentation
        }
    }

    static func ps256(_ key: _RSA.Signing.PrivateKey) -> TestSigner {
        TestSigner(algorithm: "PS256") {
            try key.signature(for: SHA256.hash(data: $0), padding: .PSS).rawRepresentation
        }
    }

    static func es256(_ key: P256.Signing.PrivateKey) -> TestSigner {
        TestSigner(algorithm: "ES256") { try key.signature(for: $0).rawRepresentation }
    }

    static func es384(_ key: P384.Signing.PrivateKey) -> TestSigner {
        TestSigner(algorithm: "ES384") { try key.signature(for: $0).rawRepresentation }
    }

    static func es512(_ key: P521.Signing.PrivateKey) -> TestSigner {
        TestSigner(algorithm: "ES512") { try key.signature(for: SHA512.hash(data: $0)).rawRepresentation }
    }

    static func edDSA(_ key: Curve25519.Signing.PrivateKey) -> TestSigner {
        TestSigner(algorithm: "EdDSA") { try key.signature(for: $0) }
    }

    /// A token with just these texts in it.
    func token(_ payload: String = TestSigner.claims(), header: String? = nil) throws -> String {
        let header = header ?? #"{"alg":"\#(algorithm)","typ":"JWT"}"#
        let signed = Self.encode(Data(header.utf8)) + "." + Self.encode(Data(payload.utf8))
        return signed + "." + Self.encode(try signature(Data(signed.utf8)))
    }

    /// A token whose header names the key.
    func token(keyID: String, _ payload: String = TestSigner.claims()) throws -> String {
        try token(payload, header: #"{"alg":"\#(algorithm)","kid":"\#(keyID)"}"#)
    }

    static func encode(_ bytes: Data) -> String {
        bytes.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// Claims of `ada`, good for a minute from the tests' time on, with more of them behind.
    static func claims(_ more: String = "", expiry: String = "1700000060") -> String {
        #"{"sub":"ada","exp":\#(expiry)\#(more.isEmpty ? "" : ",")\#(more)}"#
    }
}

/// The time that a test sets.
final class TestClock: Sendable {
    private let time = Mutex(Duration.seconds(1_700_000_000))

    var now: @Sendable () -> Duration {
        { self.time.withLock { $0 } }
    }

    func advance(by step: Duration) { time.withLock { $0 += step } }
}

/// Keys made when the tests run.
enum TestKeys {
    static let secret = Array("a secret of thirty-two bytes, no less".utf8)
    static let rsa = Result { try _RSA.Signing.PrivateKey(keySize: .bits2048) }
    static let p256 = P256.Signing.PrivateKey()
    static let p384 = P384.Signing.PrivateKey()
    static let p521 = P521.Signing.PrivateKey()
    static let ed25519 = Curve25519.Signing.PrivateKey()
}

extension JSONWebTokens {
    /// At the tests' time, without a word to the log.
    convenience init(
        _ keys: TokenKeySource, _ configuration: Configuration = .init(), clock: TestClock = TestClock()
    ) async throws {
        try await self.init(keys: keys, configuration: configuration, now: clock.now)
    }

    /// Why a token is refused; nil if it is not.
    func refusal(of token: String) async -> TokenError.Code? {
        do throws(TokenError) {
            _ = try await identity(of: token)
            return nil
        } catch { return error.code }
    }
}
