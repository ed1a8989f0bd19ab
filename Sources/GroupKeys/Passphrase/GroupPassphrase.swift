/// A passphrase of a group, stretched: what a member needs to hand the group's key to somebody who
/// knows the passphrase, and what that one needs to get it.
///
/// People choose passphrases that can be guessed. So nothing that is made from one is ever sent or
/// announced; two ends try theirs on each other by SPAKE2 (RFC 9382), which gives a stranger one
/// guess a run, and members count the runs (``AttemptLimit``).
public struct GroupPassphrase: Sendable {
    /// The longest passphrase, in bytes of UTF-8.
    public static let longest = 1024

    let w: [UInt8]
    /// The advertisement of the group that it is for.
    let group: String

    /// Stretches a passphrase with scrypt (RFC 7914; N 32768, r 8, p 1): 32 MiB and about a tenth
    /// of a second, on a thread that is no task's.
    ///
    /// - Parameters:
    ///   - passphrase: 1 to 1024 bytes of UTF-8. Case counts, and so does every blank but those at
    ///     the ends. Letters count as the same however they are composed (NFC, RFC 8265 §4.2.2).
    ///   - group: The ``GroupKey/advertisement`` of the group that it is for, so that the same
    ///     passphrase of two groups is not the same work.
    /// - Throws: `invalidPassphrase`, `library`.
    public init(_ passphrase: String, group: String) async throws(GroupKeyError) {
        try await self.init(passphrase, group: group, cost: Scrypt.Cost())
    }

    init(_ passphrase: String, group: String, cost: Scrypt.Cost) async throws(GroupKeyError) {
        guard passphrase.utf8.count <= Self.longest else { throw Self.unusable }
        let composed = ComposedText.composed(passphrase)
        guard !composed.isEmpty, group.utf8.count <= Self.longest else { throw Self.unusable }
        let salt = Array("swift-webrtc mesh passphrase 1".utf8) + Array(group.lowercased().utf8)
        // 64 bits more than the order has, so that no remainder is likelier than another.
        let stretched = try await Scrypt.derive(composed, salt: salt, cost: cost, count: P256.scalarCount + 8)
        guard let w = try P256().scalar(reducing: stretched) else { throw Self.unusable }
        self.w = w
        self.group = group.lowercased()
    }

    private static var unusable: GroupKeyError {
        GroupKeyError(.invalidPassphrase, "a passphrase has 1 to \(longest) bytes beside the blanks at its ends")
    }
}

extension GroupPassphrase: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Never the passphrase.
    public var description: String { "a passphrase of group \(group.prefix(8))" }

    /// The same as ``description``.
    public var debugDescription: String { description }

    /// Nothing.
    public var customMirror: Mirror { Mirror(self, children: [], displayStyle: .struct) }
}
