/// An error as the server tells it.
public struct ErrorMessage: Sendable, Hashable {
    /// What kind, in kebab case: see the constants of ``Code``.
    public var code: String
    /// For people.
    public var message: String
    /// The target of the message that could not be delivered, if the error is about one.
    public var to: String?
    /// The call the error is about, if it is about one.
    public var callID: String?

    /// The codes that our server uses.
    public enum Code {
        /// The text is not JSON, or no object.
        public static let malformed = "malformed"
        /// No such type, or one that only the server sends.
        public static let unknownType = "unknown-type"
        /// The socket has to register (or join) first.
        public static let notRegistered = "not-registered"
        /// The message names another identity than the one this socket registered.
        public static let identity = "identity"
        /// Another socket is registered under the id; this one is closed with 4409.
        public static let idInUse = "id-in-use"
        /// Nobody is there under the target's id.
        public static let unknownPeer = "unknown-peer"
        /// The target was there, and is not now.
        public static let recipientOffline = "recipient-offline"
        /// A field is missing or is not what it should be.
        public static let invalidMessage = "invalid-message"
        /// This needs a right that the socket has not shown to have.
        public static let unauthorized = "unauthorized"
        /// The message is larger than the limit.
        public static let tooLarge = "too-large"
        /// Sent more often than is good for the others.
        public static let rateLimited = "rate-limited"
        /// There is no room for another peer; this socket is closed with 1013.
        public static let full = "full"
    }

    /// An error from its parts.
    public init(code: String, message: String, to: String? = nil, callID: String? = nil) {
        self.code = code
        self.message = message
        self.to = to
        self.callID = callID
    }

    /// Code and message in one line, no longer than a person reads.
    var text: String { "\(code.prefix(40)): \(message.prefix(300))" }
}
