internal import Crypto

/// A signaling server's part of the challenge before a registration: it proves that it has the key,
/// and asks the same of the client.
///
/// ```
/// client ── challenge(nonce) ───────────────► server    init(key:context:nonce:now:)
/// client ◄─ challenge(nonce, proof) ───────── server    nonce, proof
/// client ── response(proof) ────────────────► server    verify(_:now:)
/// ```
///
/// A value for one connection; nothing is shared between two, so there is nothing to mix up.
public struct ServerChallenge: Sendable {
    /// How long a client has for its response.
    public static let patience = Duration.seconds(10)

    /// The server's nonce, for the client.
    public let nonce = Nonce()
    /// The server's proof, for the client.
    public let proof: Proof
    /// The connection's end of the challenge, on the clock of `now`.
    public let deadline: Duration
    private let key: SymmetricKey
    private let expected: Transcript
    private var isOpen = true

    /// Answers a client's challenge.
    ///
    /// - Parameters:
    ///   - key: The group's key.
    ///   - context: This server, the id that the client has named, and what the server sees of the
    ///     connection.
    ///   - clientNonce: The client's nonce.
    ///   - now: The time, on any clock that does not go back.
    public init(key: GroupKey, context: ChallengeContext, nonce clientNonce: Nonce, now: Duration) {
        self.key = key.derived(.challenge)
        deadline = now + Self.patience
        proof = Proof(
            bytes: context.transcript(of: .server, client: clientNonce, server: nonce).code(self.key))
        expected = context.transcript(of: .client, client: clientNonce, server: nonce)
    }

    /// Takes the client's response. One is taken, right or wrong.
    ///
    /// - Throws: `wrongProof` when the client does not have the key, or sees another connection or
    ///   another server than this one; `stale` for a second response or a late one.
    public mutating func verify(_ proof: Proof, now: Duration) throws(GroupKeyError) {
        guard isOpen, now < deadline else {
            throw GroupKeyError(.stale, "a challenge is answered once, within \(Self.patience.components.seconds) s")
        }
        isOpen = false
        guard expected.isValid(proof.bytes, key) else {
            throw GroupKeyError(
                .wrongProof, "the client has not proven that it has the group's key on this connection")
        }
    }
}
