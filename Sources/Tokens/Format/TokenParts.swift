internal import Signaling
internal import StrictJSON

/// A token taken apart: a JWS in the compact serialization (RFC 7515 §7.1). Nothing of it is to be
/// believed before its signature is checked.
struct TokenParts {
    /// The most bytes that a token may have.
    static let maximumSize = 8192

    /// The header's `alg`.
    let algorithm: String
    /// The header's `kid`, if it has one.
    let keyID: String?
    /// The claims, as they are signed: JSON, if the signer wrote any.
    let payload: [UInt8]
    /// What the signature is of: header and payload with the dot between them (RFC 7515 §5.1).
    let signedBytes: [UInt8]
    /// The signature.
    let signature: [UInt8]

    /// - Throws: `.tooLarge`, `.malformed`, or `.unsupportedAlgorithm` for a header with `crit`.
    init(_ token: String) throws(TokenError) {
        guard token.utf8.count <= Self.maximumSize else {
            throw TokenError(.tooLarge, "A token has at most \(Self.maximumSize) bytes; put less into it.")
        }
        let bytes = Array(token.utf8)
        let parts = bytes.split(separator: UInt8(ascii: "."), maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 3 else {
            throw TokenError(
                .malformed,
                parts.count == 5
                    ? "An encrypted token cannot be read; send a signed one."
                    : "A token is three parts with dots between them; send a JSON Web Token as it was issued.")
        }
        guard let header = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2])
        else {
            throw TokenError(.malformed, "A part of the token is not base64url without padding; send it as issued.")
        }
        (algorithm, keyID) = try Self.read(header: header)
        self.payload = payload
        self.signature = signature
        signedBytes = Array(bytes[..<parts[1].endIndex])
    }

    private static func read(header: [UInt8]) throws(TokenError) -> (algorithm: String, keyID: String?) {
        let members: [String: JSONValue]
        do throws(JSONMembers.Failure) { members = try JSONMembers.read(header) } catch {
            throw TokenError(.malformed, "The token's header \(error.reason).")
        }
        // RFC 7515 §4.1.11: who does not understand what is critical has to refuse. We understand
        // none.
        guard members["crit"] == nil else {
            throw TokenError(.unsupportedAlgorithm, "The token needs an extension (crit); issue it without.")
        }
        guard let algorithm = members["alg"]?.text else {
            throw TokenError(.malformed, "The token's header has no alg that is a string.")
        }
        guard let keyID = members["kid"] else { return (algorithm, nil) }
        guard let keyID = keyID.text else { throw TokenError(.malformed, "The kid of the header is not a string.") }
        return (algorithm, keyID)
    }
}
