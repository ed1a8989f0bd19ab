/// A session description that could not be read, and where.
public struct SDPError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The name of the code.
        public let description: String

        /// A line is not what RFC 8866 or the RFC of its attribute allows.
        public static let syntax = Code(description: "syntax")
        /// The text is larger than ``SDPLimits`` allow.
        public static let limit = Code(description: "limit")
    }

    /// The kind of failure.
    public let code: Code
    /// The number of the line, counted from 1.
    public let line: Int
    /// The type letter of the line, `m` in `m=audio …`. `nil` when the line has none, or the text
    /// ended.
    public let lineType: Character?
    /// What the line should have been.
    public let expected: String
    /// What it was instead: at most 40 characters, control characters replaced by `?`. It is said
    /// in words where there is nothing to quote.
    public let found: String
    /// Whether ``found`` is a part of the text.
    private let isQuoted: Bool
    /// What the text as a whole may be instead.
    private let guess: String?

    /// Keeps the place, and the beginning of what was found there.
    init(
        _ code: Code = .syntax, line: Int, lineType: Character?, expected: String, found: String, guess: String? = nil
    ) {
        self.code = code
        self.line = line
        self.lineType = lineType
        self.expected = expected
        self.found = found.excerpt(40)
        self.guess = guess
        isQuoted = true
    }

    /// Keeps the place, and says in words what is there.
    init(
        _ code: Code = .syntax, line: Int, lineType: Character?, expected: String, unquoted found: String,
        guess: String? = nil
    ) {
        self.code = code
        self.line = line
        self.lineType = lineType
        self.expected = expected
        self.found = found
        self.guess = guess
        isQuoted = false
    }

    /// One sentence with the place, what was expected and what was found.
    public var description: String {
        let type = lineType.map { " (\($0)=)" } ?? ""
        let seen = isQuoted ? "\"\(found)\"" : found
        return "SDP line \(line)\(type): expected \(expected), found \(seen)" + (guess.map { "; \($0)" } ?? "")
    }
}
