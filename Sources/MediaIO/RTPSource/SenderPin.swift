/// Who may send to a port: the first who does, or the one that was named, until it has been silent
/// for a while.
struct SenderPin: Sendable {
    /// One that is silent for that long may be followed by another, as after a restart.
    static let patience: Duration = .seconds(5)
    /// The only address that may send, if one was named.
    let named: String?
    /// How often another sender has been taken.
    private(set) var changes = 0
    private var current: (address: String, port: Int)?
    private var lastArrival: Duration = .zero

    init(named: String? = nil) { self.named = named }

    /// Whether a packet is taken.
    mutating func admits(_ address: String, port: Int, now: Duration) -> Bool {
        if let named, named != address { return false }
        if let current, current != (address, port), now - lastArrival < Self.patience { return false }
        if current.map({ $0 != (address, port) }) ?? true { changes += 1 }
        current = (address, port)
        lastArrival = now
        return true
    }
}
