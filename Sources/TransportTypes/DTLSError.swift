/// What went wrong in the DTLS module: a code to act on and a message to read.
public struct DTLSError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of failure. More may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The name of the code.
        public let description: String

        /// A fingerprint that cannot be read, or whose hash function is not one of RFC 8122.
        public static let invalidFingerprint = Code(description: "invalidFingerprint")
        /// PEM text that holds no usable certificate or private key.
        public static let invalidCertificate = Code(description: "invalidCertificate")
        /// A parameter outside of its range: a key size, a validity.
        public static let invalidParameter = Code(description: "invalidParameter")
        /// The certificate of the peer is not the one that its session description announced.
        public static let fingerprintMismatch = Code(description: "fingerprintMismatch")
        /// The call does not fit the state of the session.
        public static let invalidState = Code(description: "invalidState")
        /// More bytes than one record may carry.
        public static let messageTooLarge = Code(description: "messageTooLarge")
        /// The peer ended the session with a fatal alert; see ``DTLSError/alert``.
        public static let alertReceived = Code(description: "alertReceived")
        /// The peer did not answer any of the retransmissions.
        public static let timedOut = Code(description: "timedOut")
        /// The two ends could not agree, or the peer broke the protocol.
        public static let handshakeFailed = Code(description: "handshakeFailed")
        /// OpenSSL refused something that should have worked, such as an allocation.
        public static let library = Code(description: "library")
    }

    /// What kind of failure this is.
    public let code: Code
    /// What was wrong, where, and what to do about it.
    public let message: String
    /// The number of the TLS alert that the peer sent or that we sent (RFC 5246 §7.2), if there was
    /// one.
    public let alert: UInt8?

    /// Makes an error of this module.
    public init(_ code: Code, _ message: String, alert: UInt8? = nil) {
        self.code = code
        self.message = message
        self.alert = alert
    }

    /// The code and the message.
    public var description: String { "DTLS \(code): \(message)" }
}
