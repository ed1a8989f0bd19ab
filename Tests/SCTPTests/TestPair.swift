import SCTP
import TestSupport
import Testing

/// Two ends joined by a link that may lose, reorder and delay; all in one thread, and time passes
/// only in `tick`.
final class TestPair {
    let a: TestEnd
    let b: TestEnd
    /// How likely a packet is lost, 0 to 1.
    var loss = 0.0
    /// How likely a packet is put before the one in front of it.
    var reordering = 0.0
    /// Packets that get through are looked at here first.
    var tap: (([UInt8]) -> Void)?
    /// Whether time passes at most this many times faster than the clock on the wall. usrsctp's
    /// timers run on ticks, but it measures round trips, and how old a packet is, on the wall:
    /// where packets are lost, it takes one whose timer ran out too early for too young to be sent
    /// again.
    var pace: Int?
    /// Packets that are larger do not get through.
    var carried = Int.max
    private(set) var packets = 0
    /// Those that were too large.
    private(set) var lost = 0
    private(set) var time: UInt64 = 0
    private var generator: SeededGenerator

    init(
        seed: UInt64 = 1, _ first: SCTPConfiguration = .init(), _ second: SCTPConfiguration = .init(),
        clock: SCTPClock = .monotonic
    ) throws {
        a = try TestEnd(first, clock: clock)
        b = try TestEnd(second, clock: clock)
        generator = SeededGenerator(seed: seed)
    }

    /// Two ends that are connected.
    static func connected(
        seed: UInt64 = 1, _ first: SCTPConfiguration = .init(), _ second: SCTPConfiguration = .init()
    ) throws -> TestPair {
        let pair = try TestPair(seed: seed, first, second)
        try pair.connect()
        return pair
    }

    func connect() throws {
        try a.association?.connect()
        try b.association?.connect()
        try run(until: { a.isConnected && b.isConnected })
    }

    /// Moves packets both ways until the link is quiet, or `limit` packets have been moved.
    func exchange(limit: Int = .max) {
        var moved = 0
        while moved < limit, !a.outbox.isEmpty || !b.outbox.isEmpty {
            moved += move(from: a, to: b)
            moved += move(from: b, to: a)
        }
    }

    /// Lets milliseconds pass in steps of 10, as a ticker would.
    func tick(_ milliseconds: UInt64 = 10) {
        var left = milliseconds
        while left > 0 {
            let step = min(left, 10)
            let start = ContinuousClock.now
            SCTPRuntime.tick(elapsed: .milliseconds(step))
            if let pace {
                while start.duration(to: .now) < .microseconds(Int(step) * 1000 / pace) {}
            }
            time += step
            left -= step
            a.association?.process()
            b.association?.process()
            exchange()
        }
    }

    /// Exchanges and ticks until the condition holds.
    func run(until condition: () -> Bool, within milliseconds: UInt64 = 120_000) throws {
        let end = time + milliseconds
        exchange()
        while !condition() {
            try #require(time < end, "the condition did not come true in \(milliseconds) ms")
            tick()
        }
    }

    /// Exchanges and ticks with work of the test before each turn.
    func run(until condition: () -> Bool, within milliseconds: UInt64 = 120_000, each work: () throws -> Void) throws {
        let end = time + milliseconds
        while !condition() {
            try #require(time < end, "the condition did not come true in \(milliseconds) ms")
            try work()
            tick()
        }
    }

    private func move(from: TestEnd, to: TestEnd) -> Int {
        guard !from.outbox.isEmpty else { return 0 }
        var batch = from.outbox
        from.outbox = []
        if reordering > 0 {
            for index in batch.indices.dropFirst() where chance(reordering) {
                batch.swapAt(index, index - 1)
            }
        }
        for packet in batch {
            packets += 1
            guard packet.count <= carried else {
                lost += 1
                continue
            }
            guard !(loss > 0 && chance(loss)) else { continue }
            tap?(packet)
            to.association?.receive(packet.span)
        }
        return batch.count
    }

    private func chance(_ probability: Double) -> Bool {
        Double(generator.next() >> 11) / Double(1 << 53) < probability
    }

    /// Bytes that can be told from others.
    static func pattern(_ count: Int, seed: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8 &+ seed) }
    }
}
