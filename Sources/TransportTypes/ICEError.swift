/// What this module throws: what was wrong, where, and what to do about it.
public struct ICEError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of error, for code that decides by it. Kinds may be added.
    public struct Code: Hashable, Sendable {
        private let name: String

        /// A candidate line or candidate that does not follow RFC 8839 §5.1, or that cannot be used
        /// here.
        public static let invalidCandidate = Code(name: "invalidCandidate")
        /// A server URL that does not follow RFC 7064 or RFC 7065 (a W3C SyntaxError).
        public static let invalidServerURL = Code(name: "invalidServerURL")
        /// A TURN server without user name or credential (a W3C InvalidAccessError).
        public static let missingCredential = Code(name: "missingCredential")
        /// A server that is described correctly, but of a kind that is not available here.
        public static let unsupportedServer = Code(name: "unsupportedServer")
        /// A setting outside its range.
        public static let invalidConfiguration = Code(name: "invalidConfiguration")
        /// A username fragment or password outside the limits of RFC 8839 §5.4.
        public static let invalidCredentials = Code(name: "invalidCredentials")
        /// A bounded queue or list is full.
        public static let limitExceeded = Code(name: "limitExceeded")
        /// The call does not fit the present state, or the agent is closed.
        public static let invalidState = Code(name: "invalidState")
        /// The ICE library or the operating system refused.
        public static let nativeFailure = Code(name: "nativeFailure")
    }

    /// The kind of error.
    public let code: Code
    /// For people: what was wrong, where, what to do.
    public let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
