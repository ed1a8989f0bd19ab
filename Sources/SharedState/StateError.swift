/// What went wrong with a call on the shared state.
public struct StateError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure. New kinds can be added, so a `switch` over it needs a default.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code as text.
        public let description: String

        /// The key is empty or has more than 256 bytes of UTF-8.
        public static let invalidKey = Code(description: "invalid-key")
        /// The value cannot be written as JSON, or is nested too deep.
        public static let invalidValue = Code(description: "invalid-value")
        /// The value has more than 32 KiB as JSON.
        public static let valueTooLarge = Code(description: "value-too-large")
        /// The state holds as many entries or bytes as it may.
        public static let full = Code(description: "full")
        /// What is stored is of another type than was asked for.
        public static let wrongType = Code(description: "wrong-type")
        /// The write stands, but fewer others than were asked for have said in time that they have
        /// it.
        public static let notAcknowledged = Code(description: "not-acknowledged")
        /// The node is not running.
        public static let invalidState = Code(description: "invalid-state")
    }

    /// The kind of failure.
    public let code: Code
    /// What was wrong, and what to do.
    public let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Code and message in one line.
    public var description: String { "\(code): \(message)" }
}
