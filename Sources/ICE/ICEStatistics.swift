/// What has gone over the selected pairs of an ``ICEAgent``, without ICE's own traffic.
package struct ICEStatistics: Hashable, Sendable {
    /// Datagrams handed to the system.
    package var packetsSent: UInt64 = 0
    /// Their payload.
    package var bytesSent: UInt64 = 0
    /// Datagrams handed to the delegate.
    package var packetsReceived: UInt64 = 0
    /// Their payload.
    package var bytesReceived: UInt64 = 0
    /// Datagrams to be sent that the system had no room for, or that came without a usable pair.
    package var packetsDropped: UInt64 = 0
    /// Payload of the datagrams that were dropped on their way out.
    package var bytesDropped: UInt64 = 0
    /// When a datagram was last handed to the system, by the loop's clock.
    package var lastSent: Duration?
    /// When a datagram was last handed to the delegate, by the loop's clock.
    package var lastReceived: Duration?
}
