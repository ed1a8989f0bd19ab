/// What a session has seen, for statistics and for finding out why it does not connect.
package struct DTLSCounters: Sendable, Hashable {
    /// Datagrams given to ``DTLSSession/receive(_:now:)``.
    package var datagramsReceived: UInt64 = 0
    /// Datagrams produced.
    package var datagramsSent: UInt64 = 0
    /// Records, or what stood in their place, that were dropped: no DTLS, from another epoch,
    /// forged, repeated, or too early for the bounded queue.
    package var recordsDiscarded: UInt64 = 0
    /// Flights sent again because their answer was late.
    package var retransmissions: UInt64 = 0

    package init() {}
}
