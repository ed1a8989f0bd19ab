internal import Crypto

/// What the two ends of a passphrase's run have in common.
enum PassphraseRun {
    static let shareCount = P256.pointCount
    /// A nonce of 12 bytes, the key, and a tag of 16.
    static let sealedCount = 12 + GroupKey.count + 16

    static func context(_ group: String, _ binding: ChannelBinding) -> [UInt8] {
        var transcript = Transcript("mesh passphrase: P256-SHA256-HKDF-HMAC, scrypt 32768 8 1")
        transcript.add(group)
        transcript.add(binding.kind)
        transcript.add(binding.value)
        return transcript.bytes
    }

    static func identities(_ context: ChallengeContext) -> (a: [UInt8], b: [UInt8]) {
        (Array(context.client.utf8), Array(context.server.utf8))
    }

    /// The key under which the group's key travels, of this run only.
    static func sealingKey(_ secrets: SPAKE2.Secrets) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: secrets.key),
            salt: Array(SHA256.hash(data: secrets.transcript)), info: Array("mesh passphrase: the group's key".utf8),
            outputByteCount: 32)
    }
}
