/// The application's way to the other side before there is a connection: a WebSocket, a message
/// broker, a file.
///
/// It should keep the order of what one side sends. It may lose messages: then it says so with
/// ``SignalingEvent/reconnected``, or the negotiator notices that an answer does not come.
public protocol SignalingTransport: Sendable {
    /// What ``messages`` gives; it should end when its task is cancelled.
    associatedtype Messages: AsyncSequence where Messages.Element == SignalingEvent

    /// Hands a message over. An error means that it may be lost; the negotiator then sends again
    /// what matters.
    func send(_ message: SignalingPayload) async throws

    /// What the other side sends, in its order, and reconnections. Read once, by the negotiator.
    var messages: Messages { get }
}

/// What a ``SignalingTransport`` tells.
public enum SignalingEvent: Sendable, Hashable {
    /// The other side has sent this.
    case message(SignalingPayload)
    /// The way to the other side is there again after it was not; what was sent before may be lost.
    case reconnected
    /// Something is wrong with the way, which goes on all the same: what it is, for people. The
    /// negotiator reports it as ``NegotiationProblem/signaling(_:)``.
    case problem(String)
}
