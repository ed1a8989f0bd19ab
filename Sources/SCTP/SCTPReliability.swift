/// How one message is delivered (RFC 8831 §6.1, RFC 3758, RFC 7496).
package struct SCTPReliability: Sendable, Equatable {
    /// When the sender gives a message up.
    package enum Limit: Sendable, Equatable {
        /// Never.
        case none
        /// After this many retransmissions; 0 sends it once.
        case maxRetransmits(UInt16)
        /// This many milliseconds after it was handed to
        /// ``SCTPAssociation/send(_:stream:ppid:reliability:isLast:)``.
        case maxPacketLifeTime(UInt16)
    }

    /// Whether messages of a stream arrive in the order they were sent in.
    package var ordered: Bool

    /// When the sender gives up.
    package var limit: Limit

    /// Ordered and reliable unless told otherwise.
    package init(ordered: Bool = true, limit: Limit = .none) {
        self.ordered = ordered
        self.limit = limit
    }

    /// Ordered and never given up.
    package static let reliable = SCTPReliability()
}
