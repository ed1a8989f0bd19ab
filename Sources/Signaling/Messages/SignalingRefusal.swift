internal import StrictJSON

/// A message that is refused: its sender is told by an `error`, and what it says happens to nobody.
public struct SignalingRefusal: Error, Sendable, Hashable {
    /// What kind: see ``ErrorMessage/Code``, or a word of the dialect's own, in kebab case.
    public var code: String
    /// For people: what was wrong, and what to do.
    public var message: String
    /// Whom the message was for, if the error is about that.
    public var to: String?
    /// The call that it is about, if it is about one.
    public var callID: String?
    /// Whether it counts as a bad message; ``SignalingLimits/badMessages`` of them in a row end the
    /// socket.
    public var isBad: Bool
    /// Whether the socket is closed for it, with which code (RFC 6455 §7.4) and reason.
    public var close: Close?

    /// How a socket is closed.
    public struct Close: Sendable, Hashable {
        /// 1000 to 4999 (RFC 6455 §7.4).
        public var code: UInt16
        /// For people, up to 123 bytes.
        public var reason: String

        /// - Parameters:
        ///   - code: see ``code``.
        ///   - reason: see ``reason``.
        public init(_ code: UInt16, _ reason: String) {
            self.code = code
            self.reason = reason
        }
    }

    /// A refusal from its parts.
    public init(
        _ code: String, _ message: String, to: String? = nil, callID: String? = nil, isBad: Bool = false,
        close: Close? = nil
    ) {
        self.code = code
        self.message = message
        self.to = to
        self.callID = callID
        self.isBad = isBad
        self.close = close
    }

    /// Another socket has the name: this one is closed with 4409.
    static func inUse(_ text: String) -> Self {
        Self(ErrorMessage.Code.idInUse, text, close: Close(4409, "id in use"))
    }

    /// The group has as many members as it may.
    static func full(_ group: String, _ limit: Int, _ members: String = "peers") -> Self {
        Self(
            ErrorMessage.Code.full, "\(group) has \(limit) \(members), and no more are taken",
            close: Close(1013, "\(group) is full"))
    }

    /// Clients send no message of this type.
    static func unknownType(_ type: String) -> Self {
        Self(ErrorMessage.Code.unknownType, "clients send no message of type \"\(type.prefix(40))\"", isBad: true)
    }

    /// The message that its sender gets.
    var reply: SignalingMessage {
        ErrorMessage(code: code, message: message, to: to, callID: callID).encoded()
    }
}
