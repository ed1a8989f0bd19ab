internal import Crypto

/// What the members of a group have, and nobody else: 128 random bits.
///
/// People carry it as twelve words (``words``) or as a QR code (``text``). Nothing that is sent
/// contains it: members show each other that they have it (``ServerChallenge``,
/// ``ClientChallenge``, ``LinkProof``), and announce a hash of a hash of it (``advertisement``). It
/// has no textual form but those two, and says neither when it is printed.
///
/// Whoever has the key is a member, and can do what every member can; see Docs/Mesh-Security.md.
public struct GroupKey: Sendable, Equatable {
    /// Bytes of a key.
    static let count = 16

    private let secret: SymmetricKey

    /// A fresh key, from the system's source of random numbers.
    public init() {
        secret = SymmetricKey(size: .bits128)
    }

    /// A key that was kept elsewhere; nil unless these are 16 bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == Self.count else { return nil }
        secret = SymmetricKey(data: bytes)
    }

    /// The key itself.
    var bytes: [UInt8] { secret.bytes }

    /// A key for one purpose: HKDF with SHA-256 (RFC 5869). Who has it learns nothing of the
    /// group's key or of that for another purpose.
    func derived(_ purpose: Purpose) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: secret, salt: Self.salt, info: Array(purpose.rawValue.utf8),
            outputByteCount: purpose.byteCount)
    }

    /// What keys are derived for. The texts are part of the protocol.
    enum Purpose: String {
        case publicID = "public id"
        case challenge = "challenge"
        case link = "link"

        var byteCount: Int { self == .publicID ? 16 : 32 }
    }

    private static let salt = Array("swift-webrtc mesh group 1".utf8)

    /// The group's name in logs: 32 hexadecimal digits that say nothing of the key. It is not sent;
    /// an announcement has its hash, ``advertisement``.
    public var publicID: String { HexText.write(derived(.publicID).bytes) }

    /// What announcements carry (`group` in Docs/Mesh.md): 32 hexadecimal digits, the hash of the
    /// group's public id. It tells members of each other, and proves nothing: everybody on the link
    /// can read and repeat it.
    public var advertisement: String {
        let hash = SHA256.hash(data: Array("swift-webrtc mesh advertisement 1".utf8) + derived(.publicID).bytes)
        return HexText.write(Array(hash.prefix(16)))
    }

    /// Whether both are one key. How long that takes does not depend on where they differ.
    public static func == (left: GroupKey, right: GroupKey) -> Bool { left.secret == right.secret }
}

extension GroupKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The beginning of the group's public id; never the key.
    public var description: String { "the key of group \(publicID.prefix(8))" }

    /// The same as ``description``.
    public var debugDescription: String { description }

    /// Nothing, so that `dump` does not show the key either.
    public var customMirror: Mirror { Mirror(self, children: [], displayStyle: .struct) }
}
