/// What went wrong in this module.
package struct SCTPError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kind of failure.
    package enum Code: Sendable, Equatable {
        /// An argument of ours makes no sense (a port of 0, an empty message, a packet size out of
        /// range).
        case invalidArgument
        /// usrsctp refused to make or configure the socket.
        case setupFailed
        /// The association is closed, or is being shut down by the peer.
        case closed
        /// The stream is not one of those that were negotiated.
        case invalidStream
        /// The stream is being reset; it can be used again when the reset is done.
        case streamResetting
        /// The peer did not answer INIT.
        case connectTimedOut
        /// The peer stopped acknowledging.
        case timedOut
        /// The peer sent ABORT.
        case abortedByPeer
        /// usrsctp ended the association because of what the peer sent, or for want of resources.
        case aborted
        /// The peer sent a message longer than we announced.
        case messageTooLarge
        /// The peer started the association anew, which a WebRTC peer never does: its streams'
        /// state is lost.
        case restarted
        /// usrsctp returned an error that means none of the above.
        case system
    }

    /// The kind of failure.
    package var code: Code

    /// What was wrong, where, and what to do.
    package var message: String

    /// The error cause of the peer's ABORT (RFC 9260 §3.3.10), or the `errno` that usrsctp gave; 0
    /// if neither.
    package var cause: Int

    /// An error with its explanation.
    package init(_ code: Code, _ message: String, cause: Int = 0) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// The code and the message.
    package var description: String {
        cause == 0 ? "\(code): \(message)" : "\(code): \(message) (\(cause))"
    }

    /// What the loss of an association means; nil if the peer closed it on purpose.
    ///
    /// - Parameter own: the ABORT that we sent, and whether a timer was the reason, if one was
    ///   sent: usrsctp itself tells of its own end without a cause, be it that nobody answers or
    ///   that it does not take what the peer has sent.
    static func lost(fromPeer: Bool, cause: UInt16, own: SCTPAssociation.Ending?) -> SCTPError? {
        guard fromPeer else {
            if case .byUs(let abort, let byTimer) = own, !byTimer || abort.cause != 0 { return refused(abort) }
            return cause == 0
                ? SCTPError(.timedOut, "the peer stopped acknowledging")
                : SCTPError(.aborted, "usrsctp ended the association", cause: Int(cause))
        }
        // No cause, or "User-Initiated Abort" (RFC 9260 §3.3.10.12): this is how implementations
        // close.
        return cause == 0 || cause == 12 ? nil : SCTPError(.abortedByPeer, "the peer sent ABORT", cause: Int(cause))
    }

    /// We ended it, because of what the peer has sent.
    private static func refused(_ abort: SCTPPacket.Abort) -> SCTPError {
        let reason =
            switch abort.cause {
            case 0: "for no reason that it names"
            case 4: "for want of memory, or because it was being closed"
            case 9: "because the peer sent a DATA chunk without data"
            case 13: "because the peer broke SCTP's rules"
            default: "because of what the peer sent"
            }
        let text = abort.text.isEmpty ? "" : ": \(abort.text)"
        return SCTPError(.aborted, "usrsctp ended the association \(reason)\(text)", cause: Int(abort.cause))
    }
}
