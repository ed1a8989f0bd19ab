public import JSEP

/// What a message of the server's is to the negotiators of peers: see
/// ``ClientDialect/news(in:)``.
public enum PeerNews: Sendable, Hashable {
    /// A peer says this to the negotiator that is for it.
    case said(by: String, SignalingPayload)
    /// These peers are there, and no others.
    case present([String])
    /// A peer has come; what was sent to it before has not arrived.
    case joined(String)
    /// A peer has gone; what is sent to it does not arrive.
    case left(String)
    /// The server has refused something. What was sent to the target of the error, if it has one,
    /// has not arrived.
    case refused(ErrorMessage)
    /// Nothing; it is the application's.
    case none
}
