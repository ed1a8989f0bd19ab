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
    /// Datagrams that the system had no room for, or that came without a usable pair.
    package var packetsDropped: UInt64 = 0
}
