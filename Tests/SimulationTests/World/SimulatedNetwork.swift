import NetworkLoop
import TestSupport
import TransportTypes

/// What carries datagrams between the paths of a simulation: late, in another order, twice, or not at all.
///
/// `@unchecked Sendable`: it is used on its loop alone.
final class SimulatedNetwork: @unchecked Sendable {
    /// How it treats datagrams.
    struct Conditions {
        /// What each takes; where the two differ they overtake each other.
        var delay = Duration.milliseconds(2)...Duration.milliseconds(2)
        /// How many of a thousand are lost, and how many come twice.
        var lost = 0
        var doubled = 0
        /// Longer ones are lost.
        var largest = 65_536

        /// Hardly anything comes through, or nothing of some sizes.
        var isHard: Bool { lost >= 300 || largest < 65_536 }
    }

    enum Packet {
        case check(Check)
        case answer(Int)
        /// The other end has the role that we think is ours, and keeps it.
        case conflict(Int)
        case data([UInt8])
    }

    /// A connectivity check (RFC 8445 §7.2).
    struct Check {
        let id: Int
        let from: ICECredentials
        let to: ICECredentials
        let role: ICERole
        let tieBreaker: UInt64
        let nominates: Bool
    }

    let loop: NetworkLoop
    var conditions = Conditions()
    /// How long a candidate takes to be found, and the end of gathering after it.
    var gathering = Duration.milliseconds(1)...Duration.milliseconds(20)
    /// Hosts that nothing comes to or from.
    var silent: Set<Int> = []
    /// How many candidates a path finds: one, or none.
    var candidates = 1
    /// No path is ever looked for.
    let isDead: Bool
    private var random: SeededGenerator
    private var sockets: [UInt16: Socket] = [:]
    private var lastPort: UInt16 = 5000
    private var lastID = 0

    private struct Socket {
        let host: Int
        weak var path: SimulatedPath?
    }

    init(loop: NetworkLoop, seed: UInt64, isDead: Bool = false) {
        self.isDead = isDead
        self.loop = loop
        random = SeededGenerator(seed: seed)
    }

    /// Sockets that are open.
    var openSockets: Int { sockets.count }

    func isOpen(_ port: UInt16) -> Bool { sockets[port] != nil }

    func open(_ path: SimulatedPath) -> UInt16 {
        repeat { lastPort = lastPort == .max ? 5001 : lastPort + 1 } while sockets[lastPort] != nil
        sockets[lastPort] = Socket(host: path.host, path: path)
        return lastPort
    }

    func close(_ port: UInt16) { sockets[port] = nil }

    /// The host is gone, as with its power: nobody says goodbye, and nothing comes to it again.
    func vanish(_ host: Int) {
        for (port, socket) in sockets where socket.host == host { sockets[port] = nil }
        silent.insert(host)
    }

    func newID() -> Int {
        lastID += 1
        return lastID
    }

    func between(_ range: ClosedRange<Duration>) -> Duration {
        let microseconds = Int64(range.lowerBound / .microseconds(1))...Int64(range.upperBound / .microseconds(1))
        return .microseconds(Int64.random(in: microseconds, using: &random))
    }

    func tieBreaker() -> UInt64 { random.next() }

    /// Sends a packet from one port to another.
    func send(_ packet: Packet, from: UInt16, to: UInt16) {
        guard let source = sockets[from], !silent.contains(source.host) else { return }
        if case .data(let bytes) = packet {
            if bytes.count > conditions.largest { return }
        }
        let dice = Int.random(in: 0..<1000, using: &random)
        if dice < conditions.lost { return }
        let copies = dice < conditions.lost + conditions.doubled ? 2 : 1
        for _ in 0..<copies {
            _ = loop.schedule(after: between(conditions.delay)) { [weak self] in
                self?.arrive(packet, from: from, to: to)
            }
        }
    }

    private func arrive(_ packet: Packet, from: UInt16, to: UInt16) {
        guard let target = sockets[to], !silent.contains(target.host) else { return }
        target.path?.receive(packet, at: to, from: from)
    }
}
