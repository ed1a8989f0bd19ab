internal import TransportTypes

/// The addresses that the peer may send from besides the selected one: those of the pairs that it
/// may go over to, which libnice learns from its checks. Pure; time is a parameter.
///
/// Who sends from anywhere else is not listened to. Such a one has libnice asked again, but not
/// more often than each ``pause``.
struct KnownSources {
    /// The least time between two questions to libnice.
    static let pause = Duration.milliseconds(100)

    private var addresses: Set<TransportAddress> = []
    private var lastLook: Duration?

    /// - Parameter look: what libnice knows now.
    mutating func contains(
        _ source: TransportAddress, now: Duration, look: () -> [TransportAddress]
    ) -> Bool {
        if addresses.contains(source) { return true }
        if let lastLook, now - lastLook < Self.pause { return false }
        lastLook = now
        addresses = Set(look())
        return addresses.contains(source)
    }
}
