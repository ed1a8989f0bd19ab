/// The short-term credentials of one ICE session at one end: RFC 8839 §5.4.
public struct ICECredentials: Hashable, Sendable {
    /// `ice-ufrag`, 4 to 256 ice-chars; also `-`, `_`, `=` and `#`, which some peers have there.
    public let usernameFragment: String
    /// `ice-pwd`, 22 to 256 of the same. Never to be logged.
    public let password: String

    /// - Throws: ``ICEError/Code-swift.struct/invalidCredentials`` when a length or character is
    ///   not allowed.
    public init(usernameFragment: String, password: String) throws(ICEError) {
        guard (4...256).contains(usernameFragment.utf8.count),
            usernameFragment.utf8.allSatisfy(Self.isAllowed)
        else {
            throw ICEError(
                .invalidCredentials,
                "ice-ufrag must have 4 to 256 letters, digits, '+' or '/' (RFC 8839 §5.4), or '-', '_', '=', '#'")
        }
        guard (22...256).contains(password.utf8.count), password.utf8.allSatisfy(Self.isAllowed) else {
            throw ICEError(
                .invalidCredentials,
                "ice-pwd must have 22 to 256 letters, digits, '+' or '/' (RFC 8839 §5.4), or '-', '_', '=', '#'")
        }
        self.usernameFragment = usernameFragment
        self.password = password
    }

    /// New credentials from the system's random generator: 48 and 144 bits, of which RFC 8839 §5.4
    /// wants 24 and 128.
    public static func random() -> ICECredentials {
        var generator = SystemRandomNumberGenerator()
        return ICECredentials(unchecked: text(8, &generator), text(24, &generator))
    }

    private init(unchecked usernameFragment: String, _ password: String) {
        self.usernameFragment = usernameFragment
        self.password = password
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Ten characters from each number of the generator: asking it is a system call.
    private static func text(_ count: Int, _ generator: inout SystemRandomNumberGenerator) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(count)
        while text.count < count {
            var bits = generator.next()
            for _ in 0..<min(10, count - text.count) {
                text.append(alphabet[Int(bits & 63)])
                bits >>= 6
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// ice-char, and what Base64 for URLs, its filling, and a few servers put there. Chromium takes
    /// the same. A colon never: it parts the two username fragments in STUN's USERNAME (RFC 8445
    /// §7.2.2).
    private static func isAllowed(_ byte: UInt8) -> Bool {
        isICECharacter(byte) || "-_=#".utf8.contains(byte)
    }

    /// `ice-char` of RFC 8839 §5.1: a letter, a digit, `+` or `/`.
    private static func isICECharacter(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "/")
    }
}

extension ICECredentials: CustomStringConvertible {
    /// The username fragment; the password stays out of logs.
    public var description: String { "ufrag \(usernameFragment)" }
}
