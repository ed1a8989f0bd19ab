import Crypto
import CryptoExtras
import Foundation

/// JWK Sets (RFC 7517) of the tests' keys.
enum TestJWKS {
    static func bytes(_ keys: [String]) -> [UInt8] { Array(#"{"keys":[\#(keys.joined(separator: ","))]}"#.utf8) }

    static func rsa(_ key: _RSA.Signing.PublicKey, keyID: String, more: String = "") throws -> String {
        let numbers = try key.getKeyPrimitives()
        let (n, e) = (TestSigner.encode(numbers.modulus), TestSigner.encode(numbers.publicExponent))
        return #"{"kty":"RSA","kid":"\#(keyID)","n":"\#(n)","e":"\#(e)"\#(more)}"#
    }

    static func p256(_ key: P256.Signing.PublicKey, keyID: String?, more: String = "") -> String {
        ec(key.rawRepresentation, curve: "P-256", keyID: keyID, more: more)
    }

    static func ec(_ point: Data, curve: String, keyID: String?, more: String = "") -> String {
        let half = point.count / 2
        let (x, y) = (TestSigner.encode(point.prefix(half)), TestSigner.encode(point.suffix(half)))
        let name = keyID.map { #","kid":"\#($0)""# } ?? ""
        return #"{"kty":"EC","crv":"\#(curve)"\#(name),"x":"\#(x)","y":"\#(y)"\#(more)}"#
    }

    static func ed25519(_ key: Curve25519.Signing.PublicKey, keyID: String, more: String = "") -> String {
        #"{"kty":"OKP","crv":"Ed25519","kid":"\#(keyID)","x":"\#(TestSigner.encode(key.rawRepresentation))"\#(more)}"#
    }
}
