/// Why a connection is over, see ``PeerConnection/ended(ifNotConnectedWithin:)``.
public enum ConnectionEnding: Sendable, Hashable, CustomStringConvertible {
    /// This side has called ``PeerConnection/close()``.
    case closed
    /// The peer has closed it: it has ended DTLS, or SCTP where the connection carries nothing
    /// else.
    case closedByPeer
    /// The path or the handshake has failed.
    case failed(ConnectionDiagnosis)
    /// It was never connected in the time that it had.
    case timedOut(ConnectionDiagnosis)
    /// The task that waited was cancelled; the connection is as it was.
    case cancelled

    /// A sentence for a log.
    public var description: String {
        switch self {
        case .closed: "this side has closed the connection"
        case .closedByPeer: "the peer has closed the connection"
        case .failed(let diagnosis): diagnosis.sentence("the connection has failed")
        case .timedOut(let diagnosis): diagnosis.sentence("the connection did not come up in time")
        case .cancelled: "the task that waited was cancelled"
        }
    }
}
