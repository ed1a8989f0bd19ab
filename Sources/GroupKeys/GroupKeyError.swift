/// Why a group's key could not be read, shown, proven or handed over.
public struct GroupKeyError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure. New kinds can be added, so a `switch` over it needs a default.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code as text.
        public let description: String

        /// Text that is no key: neither twelve words nor what a QR code holds.
        public static let malformed = Code(description: "malformed")
        /// A word that the list does not have.
        public static let unknownWord = Code(description: "unknown-word")
        /// All words or letters are good ones, and not those of a key: one is another's.
        public static let checksum = Code(description: "checksum")
        /// The other end has not proven that it has the key.
        public static let wrongProof = Code(description: "wrong-proof")
        /// What was proven was said before, too late, or out of its order.
        public static let stale = Code(description: "stale")
        /// The passphrases differ, or somebody between has changed what was said.
        public static let wrongPassphrase = Code(description: "wrong-passphrase")
        /// A passphrase that cannot be used: empty or too long.
        public static let invalidPassphrase = Code(description: "invalid-passphrase")
        /// Too many attempts at a passphrase.
        public static let tooManyAttempts = Code(description: "too-many-attempts")
        /// A library failed at what it should be able to do.
        public static let library = Code(description: "library")
    }

    /// The kind of failure.
    public let code: Code
    /// What was wrong, and what to do. It never has a key or a passphrase in it.
    public let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Code and message in one line.
    public var description: String { "\(code): \(message)" }
}
