internal import Logging

/// The keys of a source, which follow it as it changes.
///
/// An actor rather than a lock, so that those who wait for a file that is being read do not keep a
/// thread. Nothing but finding the key is done here: signatures are checked by who asks.
actor Keyring {
    /// The least time between two readings of a file, and between two looks at it where no token
    /// names an unknown key.
    static let pace = Duration.seconds(1)

    private let source: TokenKeySource
    private let algorithms: Set<TokenAlgorithm>
    private let logger: Logger
    private var keys: KeySet
    /// The file as it was when it was read last, whether its keys could be used or not.
    private var seen: KeyFile.Version?
    private var lastLook: Duration?
    private var lastReading: Duration?
    /// The reading that goes on, for which all wait who come meanwhile.
    private var reading: Task<Void, Never>?
    /// How many replacements were begun, and which of them gave the keys.
    private var replacements = (begun: 0, done: 0)

    /// Reads the source.
    init(_ source: TokenKeySource, algorithms: Set<TokenAlgorithm>, logger: Logger) async throws(TokenKeyError) {
        self.source = source
        self.algorithms = algorithms
        self.logger = logger
        // Before reading: what is written meanwhile is then seen as a change.
        if case .jwksFile(let path) = source { seen = KeyFile.Version(path: path) }
        keys = try await KeySet.read(source, algorithms: algorithms, logger: logger)
    }

    /// The key that a token has to be signed with, after a look at the file if one is due.
    ///
    /// - Parameters:
    ///   - keyID: the token's `kid`.
    ///   - now: the time since 1970.
    func key(for keyID: String?, now: Duration) async -> TokenKey? {
        let known = keys.key(for: keyID)
        guard case .jwksFile(let path) = source, known == nil || isPast(lastLook, now) else { return known }
        await look(at: path, now: now)
        return keys.key(for: keyID)
    }

    /// The key to sign with, if there is one.
    var signingKey: TokenKey? { keys.signingKey }

    /// Takes the keys of a JWK Set in place of those there are. Of two calls at the same time the
    /// later counts.
    func replace(jwks bytes: [UInt8]) async throws(TokenKeyError) {
        guard case .jwks = source else {
            throw TokenKeyError(
                .invalidSetting, "the keys come from \(source), not from a JWK Set given as bytes",
                advice: "begin with the source jwks, or change the file")
        }
        replacements.begun += 1
        let number = replacements.begun
        let keys = try await KeySet.read(.jwks(bytes), algorithms: algorithms, logger: logger)
        guard number > replacements.done else { return }
        replacements.done = number
        self.keys = keys
    }

    private func look(at path: String, now: Duration) async {
        if reading == nil {
            lastLook = now
            let version = KeyFile.Version(path: path)
            guard version != seen, isPast(lastReading, now) else { return }
            seen = version
            lastReading = now
            reading = Task { await readAgain(path) }
        }
        await reading?.value
    }

    private func readAgain(_ path: String) async {
        defer { reading = nil }
        do throws(TokenKeyError) {
            keys = try await KeySet.read(source, algorithms: algorithms, logger: logger)
            logger.info("the JWK Set was read again", metadata: ["path": "\(path)", "keys": "\(keys.count)"])
        } catch {
            logger.warning(
                "the JWK Set has changed and cannot be used; the keys before stay",
                metadata: ["path": "\(path)", "reason": "\(error.reason)", "advice": "\(error.advice)"])
        }
    }

    /// Whether the time has come again; also where the clock was set back.
    private func isPast(_ last: Duration?, _ now: Duration) -> Bool {
        guard let last, now >= last else { return true }
        return now >= last + Self.pace
    }
}
