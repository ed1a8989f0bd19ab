/// An error as the server tells it.
public struct ErrorMessage: Sendable, Hashable, Codable {
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
        public static let malformedJSON = "malformed-json"
        /// The message is larger than 64 KiB.
        public static let messageTooLarge = "message-too-large"
        /// No such type, or one that only the server sends.
        public static let unknownType = "unknown-type"
        /// A field is missing or is not what it should be.
        public static let invalidMessage = "invalid-message"
        /// The socket has to register (or join) first.
        public static let notRegistered = "not-registered"
        /// This socket is registered as somebody else already.
        public static let alreadyRegistered = "already-registered"
        /// Another socket is registered under the id; this one is closed with 4409.
        public static let idInUse = "id-in-use"
        /// The message names another sender than the one this socket registered.
        public static let identityMismatch = "identity-mismatch"
        /// The target is not there.
        public static let recipientOffline = "recipient-offline"
    }

    /// An error from its parts.
    public init(code: String, message: String, to: String? = nil, callID: String? = nil) {
        self.code = code
        self.message = message
        self.to = to
        self.callID = callID
    }

    private enum CodingKeys: String, CodingKey {
        case code, message, to
        case callID = "callId"
    }
}
