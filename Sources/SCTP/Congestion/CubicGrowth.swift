/// How the window grows again after a queue was full: as CUBIC's does (RFC 9438), which most flows
/// on the internet have, so that it shares with them.
struct CubicGrowth {
    /// What a cut leaves of the window (§4.6).
    static let cut = 0.7
    /// How fast it grows, in packets per second cubed (§5).
    static let usualSpeed = 0.4
    /// Packets a round for a flow that has the share of one that halves and grows by 1 (§4.3).
    private static let friendlyStep = 3 * (1 - cut) / (1 + cut)

    /// Up to where it grows fast, in packets: the queue was full there.
    let largest: Double
    private let speed: Double
    /// When the window is there again, in ns.
    private var returns: UInt64
    /// What the flow that halves would have by now, in packets.
    private var friendly: Double

    /// - Parameters:
    ///   - window: from where it grows, in packets.
    ///   - largest: in packets; at least the window.
    ///   - speed: in packets per second cubed.
    ///   - now: in ns, from any start.
    init(from window: Double, to largest: Double, speed: Double = Self.usualSpeed, at now: UInt64) {
        self.speed = speed
        self.largest = max(largest, window)
        friendly = window
        returns = now &+ UInt64(Self.cubeRoot((self.largest - window) / speed) * 1e9)
    }

    /// A round has passed in which the window was in use: what it is to be in the next one, in
    /// packets.
    ///
    /// - Parameter roundTrip: in ns; how long the next round is.
    mutating func advance(roundTrip: UInt64, at now: UInt64) -> Double {
        friendly += friendly < largest ? Self.friendlyStep : 1
        let seconds = Double(Int64(bitPattern: now &+ roundTrip &- returns)) / 1e9
        return max(largest + speed * seconds * seconds * seconds, friendly)
    }

    /// For so long, in ns, the window was not in use, which does not count (§5.8).
    mutating func rest(_ time: UInt64) { returns = returns &+ time }

    private static func cubeRoot(_ value: Double) -> Double {
        guard value > 0 else { return 0 }
        var root = max(value, 1)
        while root * root * root > value * 1.001 { root -= (root - value / (root * root)) / 3 }
        return root
    }
}
