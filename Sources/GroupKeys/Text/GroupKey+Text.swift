internal import Crypto

extension GroupKey {
    /// What a key's text begins with.
    public static let textScheme = "MESH-GROUP:"
    /// The longest text that is read, in bytes of UTF-8.
    static let longestText = 2048
    private static let checksumLetters = 4

    /// The key as a text for a QR code: `MESH-GROUP:` and 30 capital letters and digits, 20 bits of
    /// checksum among them. Keep it as secret as the key.
    ///
    /// The text may stand behind the `#` of a page's address, where a browser keeps it to itself.
    public var text: String { Self.textScheme + Base32.write(bytes) + Self.checksum(of: bytes) }

    /// Reads the text of a QR code, in any case, or an address with such a text behind its `#`.
    ///
    /// - Parameter text: At most 2048 bytes of UTF-8.
    /// - Throws: `malformed`, or `checksum` when a letter is another's.
    public init(text: String) throws(GroupKeyError) {
        guard text.utf8.count <= Self.longestText else {
            throw GroupKeyError(.malformed, "a key's text is shorter than this")
        }
        let fragment = text.split(separator: "#", maxSplits: 1).last.map(String.init) ?? ""
        let visible = fragment.filter { !$0.isWhitespace }.uppercased()
        guard visible.hasPrefix(Self.textScheme) else {
            throw GroupKeyError(.malformed, "a key's text begins with \(Self.textScheme)")
        }
        let letters = String(visible.dropFirst(Self.textScheme.count))
        guard let bytes = Base32.read(String(letters.dropLast(Self.checksumLetters)), count: Self.count),
            let key = GroupKey(bytes: bytes)
        else { throw GroupKeyError(.malformed, "a key's text has 30 letters and digits behind \(Self.textScheme)") }
        guard letters.suffix(Self.checksumLetters) == Self.checksum(of: bytes) else {
            throw GroupKeyError(.checksum, "this is no key's text: a letter of it is another's")
        }
        self = key
    }

    /// Reads a key as people have it: words, or the text of a QR code.
    ///
    /// - Throws: As ``init(words:)`` and ``init(text:)``.
    public init(reading input: String) throws(GroupKeyError) {
        if input.utf8.count <= Self.longestText, input.contains(":") {
            try self.init(text: input)
        } else {
            try self.init(words: input)
        }
    }

    private static func checksum(of bytes: [UInt8]) -> String {
        let hash = SHA256.hash(data: Array("swift-webrtc mesh group text 1".utf8) + bytes)
        return String(Base32.write(Array(hash.prefix(3))).prefix(checksumLetters))
    }
}
