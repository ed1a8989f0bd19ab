/// What went wrong in signaling.
public struct SignalingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure. New kinds can be added, so a `switch` over it needs a default.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code as text.
        public let description: String

        /// A URL that is no WebSocket URL.
        public static let invalidURL = Code(description: "invalid-url")
        /// Something this build does not support.
        public static let notSupported = Code(description: "not-supported")
        /// Nobody accepted the connection, or the network broke it.
        public static let connectionFailed = Code(description: "connection-failed")
        /// The two ends cannot agree on TLS, or one of them does not speak it.
        public static let tlsFailed = Code(description: "tls-failed")
        /// The server's certificate is not valid any more, or not yet.
        public static let certificateExpired = Code(description: "certificate-expired")
        /// The server's certificate is for other names than the one that was asked for.
        public static let certificateForOtherName = Code(description: "certificate-for-other-name")
        /// No authority that is trusted has issued the server's certificate.
        public static let certificateUntrusted = Code(description: "certificate-untrusted")
        /// The server has another certificate than the pinned one.
        public static let certificateNotPinned = Code(description: "certificate-not-pinned")
        /// The server answered, but not as a WebSocket server.
        public static let upgradeRefused = Code(description: "upgrade-refused")
        /// There is no token to show, or the server refuses it.
        public static let unauthorized = Code(description: "unauthorized")
        /// The connection is closed.
        public static let closed = Code(description: "closed")
        /// The other end is silent for too long.
        public static let timedOut = Code(description: "timed-out")
        /// More messages wait to be sent than the limit allows.
        public static let outboxFull = Code(description: "outbox-full")
        /// More messages wait to be read than the limit allows.
        public static let inboxFull = Code(description: "inbox-full")
        /// A message larger than the limit.
        public static let messageTooLarge = Code(description: "message-too-large")
        /// A message that is not what the protocol says.
        public static let invalidMessage = Code(description: "invalid-message")
        /// A setting that cannot have the effect that it is there for.
        public static let invalidConfiguration = Code(description: "invalid-configuration")
        /// The address cannot be listened on.
        public static let bindFailed = Code(description: "bind-failed")
        /// Called in a state that does not allow it.
        public static let invalidState = Code(description: "invalid-state")
    }

    /// The kind of failure.
    public let code: Code
    /// What was wrong, where, and what to do.
    public let message: String
    /// The WebSocket close code that the other end sent (RFC 6455 §7.4), if it did.
    public let closeCode: UInt16?

    /// An error as given, for those that a ``SignalingBackplane`` throws.
    ///
    /// - Parameters:
    ///   - code: what went wrong.
    ///   - message: what, where and what to do, for people.
    ///   - closeCode: see ``closeCode``.
    public init(_ code: Code, _ message: String, closeCode: UInt16? = nil) {
        self.code = code
        self.message = message
        self.closeCode = closeCode
    }

    /// Code and message in one line.
    public var description: String { "\(code): \(message)" }
}
