/// The value of `o=` (RFC 8866 §5.2): who made the session description, which session it is, and
/// which version of it.
public struct Origin: Sendable, Hashable {
    /// The user's name on the originating host, `-` without one.
    public var username: String
    /// Names the session. Digits without a limit to their number (RFC 8866 §9); kept as it was
    /// written, for others write signs and hexadecimal, and nothing is read from it. RFC 9429
    /// §5.2.1 wants it random, and below 2^62.
    public var sessionID: String
    /// Goes up by one with each new version of the description (RFC 9429 §5.2.2); kept as it was
    /// written.
    public var sessionVersion: String
    /// The address of the originating host; browsers write a constant one.
    public var address: ConnectionData

    /// An origin; the defaults are what RFC 9429 §5.2.1 recommends.
    public init(
        username: String = "-", sessionID: UInt64, sessionVersion: UInt64 = 0,
        address: ConnectionData = ConnectionData(address: "127.0.0.1")
    ) {
        self.init(
            username: username, sessionID: String(sessionID), sessionVersion: String(sessionVersion), address: address)
    }

    /// An origin with the numbers as another has written them.
    public init(username: String, sessionID: String, sessionVersion: String, address: ConnectionData) {
        self.username = username
        self.sessionID = sessionID
        self.sessionVersion = sessionVersion
        self.address = address
    }
}
