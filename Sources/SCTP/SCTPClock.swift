/// What an association measures round trips with. Timeouts go by the ticks of ``SCTPRuntime``
/// instead, and what usrsctp itself measures by the system's clock.
package struct SCTPClock: Sendable {
    /// Nanoseconds since any moment; read for each packet, by arithmetic that a 128-bit `Duration`
    /// would slow down.
    let nanoseconds: @Sendable () -> UInt64

    /// - Parameter nanoseconds: the time; it must not go back.
    package init(nanoseconds: @escaping @Sendable () -> UInt64) { self.nanoseconds = nanoseconds }

    /// The system's.
    package static let monotonic = SCTPClock { NativeClock.now }

    /// The same, where it is not read for each packet.
    var now: Duration { .nanoseconds(nanoseconds()) }
}
