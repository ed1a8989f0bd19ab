/// What went wrong with a call on a ``MeshNode``.
public struct MeshError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure. New kinds can be added, so a `switch` over it needs a default.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code as text.
        public let description: String

        /// The configuration cannot be used.
        public static let invalidConfiguration = Code(description: "invalid-configuration")
        /// The call does not fit the node's state: it was started before, or is not running.
        public static let invalidState = Code(description: "invalid-state")
        /// No data channel to that peer is open.
        public static let notConnected = Code(description: "not-connected")
        /// The text has more than 32 KiB of UTF-8.
        public static let textTooLong = Code(description: "text-too-long")
        /// At least one peer did not take the text in time, and was disconnected.
        public static let peerTooSlow = Code(description: "peer-too-slow")
        /// The node's own signaling server cannot listen.
        public static let serverFailed = Code(description: "server-failed")
        /// The signaling server cannot be reached.
        public static let signalingFailed = Code(description: "signaling-failed")
        /// The other end does not have the group's key, or a passphrase is not the group's.
        public static let notOfGroup = Code(description: "not-of-group")
        /// The text could not be handed to the peer's data channel.
        public static let sendFailed = Code(description: "send-failed")
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
