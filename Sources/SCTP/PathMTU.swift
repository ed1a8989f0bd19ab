/// Finds out how large a packet the path carries (RFC 8899), with the probes of its §6.2.1.2: a
/// HEARTBEAT, which the peer answers, and a PAD chunk (RFC 4820), which it skips, in a packet of
/// the size in question.
///
/// All sizes are asked for at once, the largest first, and at the end a HEARTBEAT without a PAD:
/// when that is answered, what was not answered before it does not get through. Pure: time is an
/// argument.
struct PathMTU {
    /// What is tried between two hosts: the loopback interface, where a record of DTLS is the limit
    /// (RFC 6347 §4.1); jumbo frames; Ethernet; a tunnel over Ethernet. Less IPv6, UDP and an
    /// AES-GCM record of DTLS.
    static let usualSizes = [16_000, 8_912, 1_412, 1_332]

    /// PROBE_TIMER (RFC 8899 §5.1.1): a round without an answer is repeated after so long.
    private static let probeTimer = Duration.milliseconds(500)
    /// MAX_PROBES (RFC 8899 §5.1.2): so many rounds are tried.
    private static let maxProbes = 3
    private static let headerLength = 12
    private static let heartbeatLength = 16

    /// BASE_PLPMTU (RFC 8899 §5.1.2): what every path is taken to carry.
    let base: Int
    /// The largest packet that may be sent now.
    private(set) var size: Int
    /// Whether an answer is waited for.
    private(set) var isProbing = false
    private var candidates: [Int] = []
    private var largestAnswered = 0
    private var rounds = 0
    private var startedAt = Duration.zero
    /// Tells the answers of one search from those of another.
    private var search: UInt32 = 0

    init(base: Int) {
        self.base = base
        size = base
    }

    /// Whether a search was ever begun.
    var hasSearched: Bool { search > 0 }

    /// Begins a search. ``size`` stays as it is until the search is over.
    mutating func begin(_ candidates: [Int], at now: Duration) {
        self.candidates = candidates.filter { $0 > base }.sorted(by: >)
        isProbing = !self.candidates.isEmpty
        largestAnswered = 0
        rounds = 1
        startedAt = now
        search &+= 1
    }

    /// Whether the probes have to be sent once more, to be asked as packets come in. Ends a search
    /// that has had its rounds.
    mutating func repeats(at now: Duration) -> Bool {
        guard isProbing, now - startedAt >= Self.probeTimer else { return false }
        guard rounds < Self.maxProbes else {
            finish()
            return false
        }
        rounds += 1
        startedAt = now
        return true
    }

    /// The packets of a round, each beginning with this common header; their checksums are to be
    /// set.
    func probes(header: [UInt8]) -> [[UInt8]] {
        guard isProbing, header.count == Self.headerLength else { return [] }
        return (candidates + [0]).map { size in
            var packet = header
            packet += [4, 0, 0, UInt8(Self.heartbeatLength), 0, 1, 0, 12]
            packet += Self.bytes(search) + Self.bytes(UInt32(size))
            let padding = size - packet.count
            if padding >= 4 {
                packet += [0x84, 0, UInt8(truncatingIfNeeded: padding >> 8), UInt8(truncatingIfNeeded: padding)]
                packet += repeatElement(0, count: padding - 4)
            }
            return packet
        }
    }

    /// Looks for answers in a packet of the peer. True when the search is over.
    mutating func read(_ packet: Span<UInt8>) -> Bool {
        var offset = Self.headerLength
        while isProbing, let length = packet.chunkLength(at: offset) {
            if packet[offset] == 5, length == Self.heartbeatLength, packet.uint32(at: offset + 8) == search,
                let answered = packet.uint32(at: offset + 12)
            {
                largestAnswered = max(largestAnswered, candidates.first { $0 == Int(answered) } ?? 0)
                if answered == 0 || largestAnswered == candidates.first { finish() }
            }
            offset += length + (4 - length % 4) % 4
        }
        return !isProbing
    }

    private mutating func finish() {
        isProbing = false
        size = max(base, largestAnswered)
    }

    private static func bytes(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * UInt32($0))) }
    }
}
