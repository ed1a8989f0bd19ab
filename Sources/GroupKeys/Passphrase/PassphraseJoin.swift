internal import Crypto

/// The end of somebody who knows a group's passphrase and wants its key.
///
/// ```
/// joiner ── challenge(share) ─────► member    share
/// joiner ◄─ challenge(share) ────── member
/// joiner ── response(proof) ──────► member    confirm(_:)
/// joiner ◄─ response(proof, key) ── member    open(proof:sealed:)
/// ```
public struct PassphraseJoin: Sendable {
    private enum State: Sendable {
        case begun(SPAKE2)
        case confirmed(SPAKE2.Secrets)
        case over
    }

    /// The joiner's share, for the member: 130 hexadecimal digits.
    public let share: String
    private let group: String
    private var state: State

    /// - Parameters:
    ///   - passphrase: The passphrase, for the group that the member announces.
    ///   - context: The member as server, the joiner's own id, and what the joiner sees of the
    ///     connection.
    /// - Throws: `library`.
    public init(_ passphrase: GroupPassphrase, context: ChallengeContext) throws(GroupKeyError) {
        let exchange = try SPAKE2(
            .a, identities: PassphraseRun.identities(context), w: passphrase.w,
            context: PassphraseRun.context(passphrase.group, context.binding))
        share = HexText.write(exchange.share)
        group = passphrase.group
        state = .begun(exchange)
    }

    /// Takes the member's share, and returns what shows the member that the passphrase is known.
    ///
    /// - Throws: `malformed` for a share that is no point; `stale` if this is not the first.
    public mutating func confirm(_ share: String) throws(GroupKeyError) -> Proof {
        guard case .begun(let exchange) = state else { throw GroupKeyError(.stale, "a share is taken once") }
        state = .over
        guard let bytes = HexText.read(share, count: PassphraseRun.shareCount) else {
            throw GroupKeyError(.malformed, "the member's share has 130 hexadecimal digits")
        }
        let secrets = try exchange.finish(bytes)
        state = .confirmed(secrets)
        return Proof(bytes: secrets.confirmation)
    }

    /// Takes the member's proof, and the group's key with it.
    ///
    /// - Throws: `wrongPassphrase` when the member knows another one or none; `malformed`; `stale`
    ///   if there has been no share, or a proof already.
    public mutating func open(proof: Proof, sealed: String) throws(GroupKeyError) -> GroupKey {
        guard case .confirmed(let secrets) = state else { throw GroupKeyError(.stale, "a proof is taken once") }
        state = .over
        guard secrets.confirms(proof.bytes) else {
            throw GroupKeyError(.wrongPassphrase, "the member does not know this passphrase")
        }
        guard let bytes = HexText.read(sealed, count: PassphraseRun.sealedCount),
            let box = try? AES.GCM.SealedBox(combined: bytes),
            let opened = try? AES.GCM.open(box, using: PassphraseRun.sealingKey(secrets)),
            let key = GroupKey(bytes: Array(opened)), key.advertisement == group
        else { throw GroupKeyError(.malformed, "what the member has sent is not the key of this group") }
        return key
    }
}
