internal import Crypto

/// A member's end of handing the group's key to somebody who knows its passphrase; see
/// ``PassphraseJoin``.
///
/// The joiner confirms first, so that a stranger gets nothing at all to work with. Ask an
/// ``AttemptLimit`` before each.
public struct PassphraseOffer: Sendable {
    /// The member's share, for the joiner: 130 hexadecimal digits.
    public let share: String
    /// When the run ends, on the clock of `now`.
    public let deadline: Duration
    private let secrets: SPAKE2.Secrets
    private let key: GroupKey
    private var isOpen = true

    /// Takes a joiner's share.
    ///
    /// - Parameters:
    ///   - key: The group's key.
    ///   - passphrase: The group's passphrase.
    ///   - context: This member as server, the id that the joiner has named, and what the member
    ///     sees of the connection.
    ///   - share: The joiner's share.
    ///   - now: The time, on any clock that does not go back.
    /// - Throws: `malformed` for a share that is no point, `library`.
    public init(
        _ key: GroupKey, _ passphrase: GroupPassphrase, context: ChallengeContext, share: String, now: Duration
    ) throws(GroupKeyError) {
        guard let bytes = HexText.read(share, count: PassphraseRun.shareCount) else {
            throw GroupKeyError(.malformed, "a joiner's share has 130 hexadecimal digits")
        }
        let exchange = try SPAKE2(
            .b, identities: PassphraseRun.identities(context), w: passphrase.w,
            context: PassphraseRun.context(passphrase.group, context.binding))
        secrets = try exchange.finish(bytes)
        self.share = HexText.write(exchange.share)
        self.key = key
        deadline = now + ServerChallenge.patience
    }

    /// Takes the joiner's proof. One is taken, right or wrong.
    ///
    /// - Returns: The member's proof, and the group's key, which only this joiner can open.
    /// - Throws: `wrongPassphrase`; `stale` for a second proof or a late one; `library`.
    public mutating func accept(_ proof: Proof, now: Duration) throws(GroupKeyError) -> (proof: Proof, sealed: String) {
        guard isOpen, now < deadline else {
            throw GroupKeyError(
                .stale, "a passphrase is confirmed once, within \(ServerChallenge.patience.components.seconds) s")
        }
        isOpen = false
        guard secrets.confirms(proof.bytes) else {
            throw GroupKeyError(.wrongPassphrase, "the joiner does not know the group's passphrase")
        }
        guard let sealed = try? AES.GCM.seal(key.bytes, using: PassphraseRun.sealingKey(secrets)),
            let combined = sealed.combined
        else { throw GroupKeyError(.library, "the key could not be sealed") }
        return (Proof(bytes: secrets.confirmation), HexText.write(combined))
    }
}
