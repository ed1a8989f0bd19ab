internal import Logging
internal import StrictJSON

/// A JWK Set (RFC 7517 §5) as it is read.
struct JWKSDocument {
    static let maximumSize = 262_144
    static let maximumKeys = 100

    private let keys: [[String: JSONValue]]
    private let algorithms: Set<TokenAlgorithm>
    private let logger: Logger

    /// - Throws: `.tooLarge` or `.malformed`.
    init(_ bytes: [UInt8], algorithms: Set<TokenAlgorithm>, logger: Logger) throws(TokenKeyError) {
        guard bytes.count <= Self.maximumSize else {
            throw TokenKeyError(
                .tooLarge, "the JWK Set has more than \(Self.maximumSize) bytes", advice: "leave the keys in use")
        }
        let members: [String: JSONValue]
        do throws(JSONMembers.Failure) { members = try JSONMembers.read(bytes) } catch {
            throw Self.malformed("the JWK Set \(error.reason)")
        }
        guard case .array(let elements) = members["keys"] else { throw Self.malformed("there is no array keys in it") }
        guard elements.count <= Self.maximumKeys else {
            throw TokenKeyError(
                .tooLarge, "the JWK Set has \(elements.count) keys, and \(Self.maximumKeys) are the most",
                advice: "leave the keys in use")
        }
        var keys: [[String: JSONValue]] = []
        for (index, element) in elements.enumerated() {
            guard case .object(let members) = element else { throw Self.malformed("keys[\(index)] is not an object") }
            keys.append(members)
        }
        self.keys = keys
        self.algorithms = algorithms
        self.logger = logger
    }

    private static func malformed(_ reason: String) -> TokenKeyError {
        TokenKeyError(.malformed, reason, advice: "get the JWK Set from the issuer again (RFC 7517 §5)")
    }

    /// The keys that tokens can be checked with.
    ///
    /// - Throws: `.malformed` or `.weak` where one of them is, or where it could not be told which
    ///   key is meant; `.unsupported` where there is none.
    func keySet() async throws(TokenKeyError) -> KeySet {
        var found: [(keyID: String?, key: TokenKey)] = []
        for (index, members) in keys.enumerated() {
            do throws(TokenKeyError) {
                guard let key = try await key(of: members, index: index) else { continue }
                found.append((try keyID(of: members), key))
            } catch {
                throw TokenKeyError(error.code, "keys[\(index)]: \(error.reason)", advice: error.advice)
            }
        }
        guard !found.isEmpty else {
            throw TokenKeyError(
                .unsupported, "none of its \(keys.count) keys can be used",
                advice: "see with debug messages why, or add the issuer's algorithm to the algorithms")
        }
        var named: [String: TokenKey] = [:]
        for (keyID, key) in found {
            guard let keyID else {
                if found.count == 1 { return KeySet(unnamed: key) }
                throw Self.malformed("one of its \(found.count) keys has no kid, so no token could name it")
            }
            guard named.updateValue(key, forKey: keyID) == nil else {
                throw Self.malformed("two of its keys have one kid")
            }
        }
        return KeySet(named: named)
    }

    private func keyID(of members: [String: JSONValue]) throws(TokenKeyError) -> String? {
        guard let keyID = members["kid"] else { return nil }
        guard let keyID = keyID.text, !keyID.isEmpty else { throw Self.malformed("its kid is no string, or empty") }
        return keyID
    }

    /// A key, or nil for one to be left out: RFC 7517 §5 has us ignore what we do not understand.
    private func key(of members: [String: JSONValue], index: Int) async throws(TokenKeyError) -> TokenKey? {
        func leaveOut(_ reason: String) -> TokenKey? {
            logger.debug("a key of the JWK Set is left out", metadata: ["index": "\(index)", "reason": "\(reason)"])
            return nil
        }
        if let use = members["use"], use != .string("sig") { return leaveOut("its use is not sig") }
        if let operations = members["key_ops"] {
            guard case .array(let names) = operations, names.contains(.string("verify")) else {
                return leaveOut("its key_ops do not have verify")
            }
        }
        guard let jwk = JWK(members) else { return leaveOut("its kty is not RSA, EC or OKP, or its crv is not known") }
        if let name = members["alg"] {
            guard let algorithm = jwk.kind.algorithms.first(where: { name == .string($0.description) }),
                algorithms.contains(algorithm)
            else { return leaveOut("its alg is not allowed, or not one for its kty") }
            return try await TokenKey(jwk.material(), algorithm: algorithm)
        }
        guard jwk.kind.algorithms.contains(where: algorithms.contains) else {
            return leaveOut("no algorithm for \(jwk.kind.name) is allowed")
        }
        return try await TokenKey(jwk.material(), algorithm: jwk.kind.algorithm(among: algorithms))
    }
}
