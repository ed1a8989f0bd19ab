/// Why keys or settings cannot be used, or a token cannot be issued.
public struct TokenKeyError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure. New kinds can be added, so a `switch` over it needs a default.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code as text.
        public let description: String

        /// The file is not there, is no file, or may not be read.
        public static let unreadable = Code(description: "unreadable")
        /// More bytes or keys than the limit.
        public static let tooLarge = Code(description: "too-large")
        /// The text is no PEM, no JWK Set, or holds a broken key.
        public static let malformed = Code(description: "malformed")
        /// The key is too short to be safe.
        public static let weak = Code(description: "weak")
        /// A kind of key that is not known here, or whose algorithm is not allowed.
        public static let unsupported = Code(description: "unsupported")
        /// A setting that is out of its range.
        public static let invalidSetting = Code(description: "invalid-setting")
        /// What a token should say, or with what it should be signed, does not work.
        public static let cannotIssue = Code(description: "cannot-issue")
    }

    /// The kind of failure.
    public let code: Code
    /// The file with the key, if it came from one.
    public let path: String?
    /// What was wrong. No part of a key stands in it.
    public let reason: String
    /// What to do.
    public let advice: String

    init(_ code: Code, path: String? = nil, _ reason: String, advice: String) {
        self.code = code
        self.path = path
        self.reason = reason
        self.advice = advice
    }

    /// The same, about what stands in a file.
    func of(path: String) -> TokenKeyError { TokenKeyError(code, path: path, reason, advice: advice) }

    /// Code, file, reason and advice in one line.
    public var description: String { "\(code): \(path.map { $0 + ": " } ?? "")\(reason); \(advice)" }
}
