/// Numbers of an association since it was made, and its path as usrsctp sees it now.
package struct SCTPStatistics: Sendable, Equatable {
    /// Messages given to usrsctp completely.
    package var messagesSent: UInt64 = 0
    /// Messages delivered completely.
    package var messagesReceived: UInt64 = 0
    /// Payload bytes that usrsctp took.
    package var bytesSent: UInt64 = 0
    /// Payload bytes delivered.
    package var bytesReceived: UInt64 = 0
    /// Packets produced.
    package var packetsSent: UInt64 = 0
    /// Packets taken in.
    package var packetsReceived: UInt64 = 0
    /// Packets lost here: too short or for other ports, or more than the bounded queues hold.
    package var packetsDropped: UInt64 = 0
    /// DATA chunks sent that the peer has not acknowledged yet.
    package var unacknowledgedChunks = 0
    /// Bytes that wait to be sent or acknowledged.
    package var bufferedBytes = 0
    /// The congestion window in bytes.
    package var congestionWindow = 0
    /// The window the peer grants, in bytes.
    package var peerReceiveWindow = 0
    /// The last round trip that was measured, without the time that acknowledgements wait; nil
    /// before one was.
    package var roundTrip: Duration?
    /// The smoothed round-trip time that usrsctp's timers are set by: with the time that the peer
    /// lets its acknowledgements wait, which on a quiet path is most of it.
    package var smoothedRoundTripTime = Duration.zero
    /// The retransmission timeout.
    package var retransmissionTimeout = Duration.zero
    /// The path's packet size in bytes, common header left out.
    package var maximumTransmissionUnit = 0

    /// All zero.
    package init() {}
}
