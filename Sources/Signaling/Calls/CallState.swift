/// Where a call stands, as far as signaling knows; whether the peers are connected is known to
/// their connections.
public enum CallState: Sendable, Hashable {
    /// It rings at the other end, or here.
    case ringing
    /// The one who was called has accepted.
    case accepted
    /// It is over.
    case ended(End)

    /// How a call has ended.
    public enum End: Sendable, Hashable {
        /// The one who was called did not want it.
        case rejected
        /// The one who was called is in another call.
        case busy
        /// Nobody answered in time, or the caller gave up before.
        case missed
        /// One of the two has hung up.
        case hungUp
        /// Another device of the user who was called has taken it.
        case answeredElsewhere
        /// The other end, or this one, was not connected to the server while it rang.
        case offline
        /// The two have called each other at once, and the other call stands.
        case glare
        /// The server has refused it, as it has too many, or the id belongs to others.
        case refused
    }

    /// Whether it is over.
    public var isEnded: Bool { if case .ended = self { true } else { false } }
}
