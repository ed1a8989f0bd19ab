/// What went wrong, under the name that the W3C gives it, with a sentence that says what to do.
public struct WebRTCError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of an error: a name of the W3C's (DOMException, a JavaScript error, or RTCError's
    /// detail).
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The name as the W3C writes it, such as `InvalidStateError`.
        public let name: String

        /// The object is in a state that does not allow the call.
        public static let invalidState = Code(name: "InvalidStateError")
        /// The object does not support the operation or the argument.
        public static let invalidAccess = Code(name: "InvalidAccessError")
        /// A change that the W3C does not allow, such as other certificates after construction.
        public static let invalidModification = Code(name: "InvalidModificationError")
        /// A text, such as a server's URL, does not follow its grammar.
        public static let syntax = Code(name: "SyntaxError")
        /// A text has a character that does not belong there.
        public static let invalidCharacter = Code(name: "InvalidCharacterError")
        /// A session description does not parse: RTCError with the detail `sdp-syntax-error`.
        public static let sdpSyntax = Code(name: "RTCError.sdp-syntax-error")
        /// An argument is of the wrong kind or out of the range of its type.
        public static let type = Code(name: "TypeError")
        /// A number is out of its range.
        public static let range = Code(name: "RangeError")
        /// The task that waited was cancelled.
        public static let abort = Code(name: "AbortError")
        /// What was waited for did not come in the time that was given.
        public static let timeout = Code(name: "TimeoutError")
        /// The operation failed for a reason of its own, such as a full buffer or an unusable
        /// candidate.
        public static let operation = Code(name: "OperationError")
        /// This build cannot do what was asked for.
        public static let notSupported = Code(name: "NotSupportedError")
        /// The network or the peer ended it.
        public static let network = Code(name: "NetworkError")
        /// The DTLS handshake failed: RTCError with the detail `dtls-failure`.
        public static let dtlsFailure = Code(name: "RTCError.dtls-failure")
        /// The peer's certificate is not the announced one: RTCError with the detail
        /// `fingerprint-failure`.
        public static let fingerprintFailure = Code(name: "RTCError.fingerprint-failure")
        /// The SCTP association failed: RTCError with the detail `sctp-failure`.
        public static let sctpFailure = Code(name: "RTCError.sctp-failure")
        /// A data channel failed: RTCError with the detail `data-channel-failure`.
        public static let dataChannelFailure = Code(name: "RTCError.data-channel-failure")

        /// The name as the W3C writes it.
        public var description: String { name }
    }

    /// The kind.
    public let code: Code
    /// For people: what was wrong, where, and what to do.
    public let message: String

    /// Makes an error of a kind.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// `InvalidStateError: …`
    public var description: String { "\(code.name): \(message)" }

    package static func closed(_ operation: String) -> WebRTCError {
        WebRTCError(.invalidState, "\(operation): the connection is closed; make a new PeerConnection")
    }
}
