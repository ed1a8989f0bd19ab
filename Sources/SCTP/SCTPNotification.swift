/// An event that usrsctp puts among the messages (RFC 6458 §6.1).
enum SCTPNotification: Equatable {
    case connected(outboundStreams: UInt16, inboundStreams: UInt16)
    /// `fromPeer` if it sent ABORT, with the first cause in it.
    case lost(fromPeer: Bool, cause: UInt16)
    case cannotStart(fromPeer: Bool, cause: UInt16)
    case restarted
    case shutdownReceived
    case shutdownComplete
    case incomingReset([UInt16])
    case outgoingReset([UInt16])
    /// The peer denied our reset, or it failed.
    case outgoingResetRefused([UInt16])
    /// The peer has agreed to more of our streams, or added some of its own: there are so many of
    /// ours now.
    case streamsAdded(outbound: UInt16)
    /// The peer denied more of our streams.
    case streamsRefused
    /// The rest of a message that was partly delivered will not come.
    case deliveryAborted(stream: UInt16)
    case other
}
