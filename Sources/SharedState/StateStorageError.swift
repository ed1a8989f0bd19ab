/// Why something could not be stored.
public struct StateStorageError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure. New kinds can be added, so a `switch` over it needs a default.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code as text.
        public let description: String

        /// There is no room on the disk.
        public static let full = Code(description: "full")
        /// The file cannot be opened, read or written.
        public static let unusable = Code(description: "unusable")
        /// The file is not what was written.
        public static let damaged = Code(description: "damaged")
        /// A later version of this software has made the file; it is left as it is.
        public static let tooNew = Code(description: "too-new")
    }

    /// The kind of failure.
    public let code: Code
    /// What was wrong.
    public let message: String

    /// An error of that kind.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Code and message in one line.
    public var description: String { "\(code): \(message)" }
}
