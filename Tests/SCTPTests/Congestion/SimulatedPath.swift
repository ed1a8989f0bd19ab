import TestSupport

@testable import SCTP

/// A sender under ``DelayControl`` on a link with a rate, a delay, a queue and losses, in simulated time: packets of one chunk,
/// each answered by a SACK. What is lost is sent again when it is missed, whatever the window.
struct SimulatedPath {
    /// Packets in a second, ns to the peer and back, packets in the queue, and how likely one is lost.
    var rate = 10_000.0
    var delay: UInt64 = 20_000_000
    var queue = 1000
    var loss = 0.0

    private(set) var meter = PathMeter()
    private(set) var control = DelayControl(unit: Packets.size)
    private(set) var delivered = 0
    private(set) var overflowed = 0
    private(set) var longestQueue = 0
    private(set) var now: UInt64 = 1_000_000_000
    private var allowed = 10
    private var generator = SeededGenerator(seed: 5)
    /// When each packet's fate is known, in order: its acknowledgement, or that it is missing.
    private var inFlight: [(due: UInt64, tsn: UInt32, arrives: Bool)] = []
    private var head = 0
    private var next: UInt32 = 4_294_966_000
    private var linkFree: UInt64 = 0

    /// Lets that much time pass.
    mutating func run(seconds: Double) {
        let end = now + UInt64(seconds * 1e9)
        while now < end {
            while inFlight.count - head < allowed {
                send(next)
                next &+= 1
            }
            let event = inFlight[head]
            head += 1
            now = max(now, event.due)
            guard event.arrives else {
                send(event.tsn)
                continue
            }
            delivered += 1
            allowed = min(allowed + 1, control.limit)
            let sack = Packets.sack(event.tsn, window: 1 << 20)
            if let round = meter.received(sack.span, at: now) {
                control.finished(round, packetSize: Packets.size, at: now)
                allowed = control.current
            }
            if head > 100_000 {
                inFlight.removeFirst(head)
                head = 0
            }
        }
    }

    private mutating func send(_ tsn: UInt32) {
        _ = meter.sent(Packets.data(tsn).span, at: now)
        let waiting = linkFree > now ? Int(Double(linkFree - now) * rate / 1e9) : 0
        longestQueue = max(longestQueue, waiting)
        let overflows = waiting >= queue
        if overflows { overflowed += 1 } else { linkFree = max(linkFree, now) + UInt64(1e9 / rate) }
        let isLost = overflows || Double(generator.next() >> 11) / Double(1 << 53) < loss
        inFlight.append((max(linkFree, now) + delay, tsn, !isLost))
    }
}

/// Packets as SCTP makes them, with nothing in them that is not looked at.
enum Packets {
    static let size = 60
    private static let header: [UInt8] = [0x13, 0x88, 0x13, 0x88, 1, 2, 3, 4, 0, 0, 0, 0]

    static func data(_ tsn: UInt32, size: Int = size) -> [UInt8] {
        let length = size - 12
        return header + [0, 3, UInt8(length >> 8), UInt8(length & 255)] + bytes(tsn)
            + Array(repeating: 0, count: length - 8)
    }

    /// Blocks are offsets from the TSN.
    static func sack(_ tsn: UInt32, window: UInt32, gaps: [ClosedRange<UInt16>] = []) -> [UInt8] {
        header + [3, 0, 0, UInt8(16 + 4 * gaps.count)] + bytes(tsn) + bytes(window) + [0, UInt8(gaps.count), 0, 0]
            + gaps.flatMap { [$0.lowerBound, $0.upperBound] }.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
    }

    static func bytes(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
    }
}
