internal import Crypto

/// A client's part of the challenge before it registers at a signaling server; see
/// ``ServerChallenge``.
///
/// The server proves first: the client says nothing that only a member can say before it knows whom
/// it is talking to.
public struct ClientChallenge: Sendable {
    /// The client's nonce, for the server.
    public let nonce = Nonce()
    private let key: SymmetricKey
    private var isOpen = true

    /// - Parameter key: The group's key.
    public init(key: GroupKey) { self.key = key.derived(.challenge) }

    /// Takes the server's challenge, and returns the response to it. One is taken, right or wrong.
    ///
    /// - Parameters:
    ///   - serverNonce: The server's nonce.
    ///   - proof: The server's proof.
    ///   - context: The node that the client means to register at, the client's id, and what the
    ///     client sees of the connection.
    /// - Throws: `wrongProof` when the server does not have the key, is another than it was taken
    ///   for, or sees another connection; `stale` for a second challenge.
    public mutating func respond(
        to serverNonce: Nonce, proof: Proof, in context: ChallengeContext
    ) throws(GroupKeyError) -> Proof {
        guard isOpen else { throw GroupKeyError(.stale, "a challenge is answered once") }
        isOpen = false
        // No server has this client's nonce as its own by chance.
        guard serverNonce != nonce,
            context.transcript(of: .server, client: nonce, server: serverNonce).isValid(proof.bytes, key)
        else {
            throw GroupKeyError(
                .wrongProof, "the server has not proven that it has the group's key on this connection")
        }
        return Proof(bytes: context.transcript(of: .client, client: nonce, server: serverNonce).code(key))
    }
}
