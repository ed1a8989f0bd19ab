internal import Logging

/// The keys of one source.
struct KeySet: Sendable {
    private enum Content {
        /// What a secret or a PEM text is. Whatever a token's `kid` is, this is its key.
        case single(TokenKey)
        /// The only key of a JWK Set, where it has no `kid`.
        case unnamed(TokenKey)
        /// The keys of a JWK Set by their `kid`.
        case named([String: TokenKey])
    }

    private let content: Content

    private init(single key: TokenKey) { content = .single(key) }

    /// The only key of a JWK Set, which has no `kid`.
    init(unnamed key: TokenKey) { content = .unnamed(key) }

    /// The keys of a JWK Set by their `kid`.
    init(named keys: [String: TokenKey]) { content = .named(keys) }

    /// How many there are.
    var count: Int {
        if case .named(let keys) = content { keys.count } else { 1 }
    }

    /// The key that a token has to be signed with. None is chosen by trying, nor by the token's
    /// `alg`.
    ///
    /// - Parameter keyID: the token's `kid` (RFC 7515 §4.1.4). It may be left out where there is
    ///   one key only.
    func key(for keyID: String?) -> TokenKey? {
        switch (content, keyID) {
        case (.single(let key), _), (.unnamed(let key), nil): key
        case (.unnamed, _): nil
        case (.named(let keys), nil): keys.count == 1 ? keys.first?.value : nil
        case (.named(let keys), let keyID?): keys[keyID]
        }
    }

    /// The key to sign with, where there is one.
    var signingKey: TokenKey? {
        guard case .single(let key) = content, key.canSign else { return nil }
        return key
    }

    /// Reads a source.
    static func read(
        _ source: TokenKeySource, algorithms: Set<TokenAlgorithm>, logger: Logger
    ) async throws(TokenKeyError) -> KeySet {
        switch source {
        case .secret(let bytes): return try await single(SecretKey.read(bytes), algorithms)
        case .pem(let text): return try await single(PEMKey.read(text), algorithms)
        case .jwks(let bytes): return try await JWKSDocument(bytes, algorithms: algorithms, logger: logger).keySet()
        case .secretFile(let path), .pemFile(let path), .jwksFile(let path):
            let content = try content(of: source, path: path)
            do throws(TokenKeyError) {
                return try await read(content, algorithms: algorithms, logger: logger)
            } catch { throw error.of(path: path) }
        }
    }

    /// The source with what stands in its file in place of the file.
    private static func content(
        of source: TokenKeySource, path: String
    ) throws(TokenKeyError) -> TokenKeySource {
        switch source {
        case .secretFile:
            .secret(SecretKey.withoutLineEnd(try KeyFile.read(path, maximumSize: SecretKey.maximumSize + 2)))
        case .pemFile:
            .pem(String(decoding: try KeyFile.read(path, maximumSize: PEMKey.maximumSize), as: UTF8.self))
        case .jwksFile: .jwks(try KeyFile.read(path, maximumSize: JWKSDocument.maximumSize))
        case .secret, .pem, .jwks: source
        }
    }

    private static func single(
        _ material: KeyMaterial, _ algorithms: Set<TokenAlgorithm>
    ) async throws(TokenKeyError) -> KeySet {
        let algorithm = try material.kind.algorithm(among: algorithms)
        return KeySet(single: try await TokenKey(material, algorithm: algorithm))
    }
}
