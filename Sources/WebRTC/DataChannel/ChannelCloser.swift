/// What has closed a data channel, for those who find it closed.
enum ChannelCloser {
    /// The application, with ``DataChannel/close()``.
    case application
    /// The peer has closed it.
    case peer
    /// The connection was closed on this side.
    case connection
    /// The peer has closed the connection.
    case connectionOfPeer

    /// Who has closed the channel, and what can be done.
    func sentence(label: String) -> String {
        switch self {
        case .application: "channel '\(label)' was closed here, with close(); make another one with createDataChannel"
        case .peer: "the peer has closed channel '\(label)'; make another one with createDataChannel"
        case .connection: "channel '\(label)' was closed here, with its connection; make a new PeerConnection"
        case .connectionOfPeer:
            "the peer has closed the connection, and channel '\(label)' with it; make a new PeerConnection"
        }
    }
}
