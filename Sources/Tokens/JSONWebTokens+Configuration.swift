extension JSONWebTokens {
    /// What a token has to say, and how it may be signed.
    public struct Configuration: Sendable, Hashable {
        /// The server's name, which has to stand in `aud` (RFC 7519 §4.1.3); nil lets in tokens for
        /// any audience, and those for none.
        public var audience: String?
        /// The issuer's name, which has to stand in `iss` (RFC 7519 §4.1.1); nil lets in tokens
        /// with any name there, and those with none.
        public var issuer: String?
        /// The algorithms that are allowed; one for each kind of key, except for the keys of a JWK
        /// Set that say themselves which is theirs (`alg`).
        public var algorithms: Set<TokenAlgorithm>
        /// How much the clocks of issuer and server may differ: 0 to 300 s. A token is good for so
        /// long before `nbf` and after `exp`.
        public var leeway: Duration

        /// A configuration; the default is the protocol's algorithms, for any audience.
        public init(
            audience: String? = nil, issuer: String? = nil,
            algorithms: Set<TokenAlgorithm> = TokenAlgorithm.standard, leeway: Duration = .seconds(10)
        ) {
            self.audience = audience
            self.issuer = issuer
            self.algorithms = algorithms
            self.leeway = leeway
        }

        /// Says which setting is out of its range.
        ///
        /// - Throws: `.invalidSetting`, with the setting and its range.
        public func validate() throws(TokenKeyError) {
            guard (.zero ... .seconds(300)).contains(leeway) else {
                throw TokenKeyError(.invalidSetting, "leeway is \(leeway)", advice: "0 to 300 seconds")
            }
            guard !algorithms.isEmpty else {
                throw TokenKeyError(.invalidSetting, "no algorithm is allowed", advice: "allow the issuer's")
            }
            guard audience?.isEmpty != true, issuer?.isEmpty != true else {
                throw TokenKeyError(
                    .invalidSetting, "audience or issuer is empty",
                    advice: "give a name, or nil where it does not matter")
            }
        }
    }
}
