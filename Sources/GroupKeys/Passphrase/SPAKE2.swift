internal import Crypto

/// One end of SPAKE2 (RFC 9382) with P256-SHA256-HKDF-HMAC: two who know the same password get the
/// same strong key, and who does not can try one password with each run, and none without.
///
/// ```
/// A ── share ──► B      pA = x·P + w·M
/// A ◄── share ── B      pB = y·P + w·N
/// A ── confirmation, confirmation ── B
/// ```
struct SPAKE2: Sendable {
    enum Role: Sendable {
        case a, b
    }

    /// What both ends have when their passwords are the same.
    struct Secrets: Sendable {
        /// Ke (§4).
        let key: [UInt8]
        /// cA or cB, which this end sends.
        let confirmation: [UInt8]
        /// The other end's, which this end waits for.
        let expected: [UInt8]
        let transcript: [UInt8]

        /// Whether the other end's confirmation is right. Until it is, ``key`` is not to be used.
        func confirms(_ received: [UInt8]) -> Bool {
            guard received.count == expected.count else { return false }
            // What differs is gathered, so that the time does not tell where.
            return zip(received, expected).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
        }
    }

    /// §6. Nobody knows the logarithm of either: they come from hashes.
    private static let m =
        HexText.read("02886e2f97ace46e55ba9dd7242579f2993b64e16ef3dcab95afd497333d8fa12f", count: 33) ?? []
    private static let n =
        HexText.read("03d8bbd6c639c62937b04d997f38c3770719c629d7014d49a24b4f98baa1292b49", count: 33) ?? []

    private let role: Role
    private let identities: (a: [UInt8], b: [UInt8])
    private let w: [UInt8]
    private let secret: [UInt8]
    private let context: [UInt8]
    /// For the other end: pA or pB.
    let share: [UInt8]

    /// - Parameters:
    ///   - role: Which end this is.
    ///   - identities: Of both ends; empty if they have none.
    ///   - w: From the password, modulo the group's order and not zero.
    ///   - context: Whatever else both have to agree on (AAD of §4).
    ///   - secret: x or y, for tests; random otherwise.
    init(
        _ role: Role, identities: (a: [UInt8], b: [UInt8]), w: [UInt8], context: [UInt8] = [], secret: [UInt8]? = nil
    ) throws(GroupKeyError) {
        let curve = try P256()
        let secret = if let secret { secret } else { try curve.randomScalar() }
        guard let own = try curve.product(secret), let mask = try curve.product(w, role == .a ? Self.m : Self.n),
            let share = try curve.sum(own, mask)
        else { throw GroupKeyError(.library, "a share of SPAKE2 came out as nothing; try again") }
        (self.role, self.identities, self.w, self.secret, self.context, self.share) =
            (role, identities, w, secret, context, share)
    }

    /// Takes the other end's share.
    ///
    /// - Throws: `malformed` when that is no point of the curve, or one that makes the result the
    ///   identity (§3.3).
    func finish(_ received: [UInt8]) throws(GroupKeyError) -> Secrets {
        let curve = try P256()
        guard received.count == P256.pointCount, let point = try curve.point(received),
            let mask = try curve.product(w, role == .a ? Self.n : Self.m),
            let unmasked = try curve.sum(point, mask, negated: true), let shared = try curve.product(secret, unmasked)
        else { throw GroupKeyError(.malformed, "the other end's share is no point that SPAKE2 takes") }
        let (shareA, shareB) = role == .a ? (share, point) : (point, share)
        var transcript: [UInt8] = []
        for field in [identities.a, identities.b, shareA, shareB, shared, w] {
            let count = UInt64(field.count)
            for shift in stride(from: 0, to: 64, by: 8) as StrideTo<UInt64> {
                transcript.append(UInt8(truncatingIfNeeded: count >> shift))
            }
            transcript += field
        }
        let hash = Array(SHA256.hash(data: transcript))
        let keys = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: hash.suffix(16)), info: Array("ConfirmationKeys".utf8) + context,
            outputByteCount: 32
        ).bytes
        let codes = [keys.prefix(16), keys.suffix(16)].map { key in
            Array(HMAC<SHA256>.authenticationCode(for: transcript, using: SymmetricKey(data: key)))
        }
        let (own, other) = role == .a ? (codes[0], codes[1]) : (codes[1], codes[0])
        return Secrets(key: Array(hash.prefix(16)), confirmation: own, expected: other, transcript: transcript)
    }
}
