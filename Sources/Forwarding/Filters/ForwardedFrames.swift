/// What became of a source's last frames on their way to a watcher, by their frame numbers: whether
/// another frame that needs one of them can be decoded. Bounded. Pure.
struct ForwardedFrames: Sendable {
    /// How many are known; what is older is not to be relied on. Chains go back by 255 at most.
    static let capacity = 512

    /// How many frames are looked at for one, at most.
    static let maximumVisits = 32

    enum State: Sendable, Hashable {
        /// None of its packets has come; another one after it has.
        case missing
        case forwarded
        case leftOut
    }

    struct Frame: Sendable {
        var state: State
        /// Since when it is missing, or its first packet is here.
        let since: Duration
        /// The sequence numbers of the packet that begins it, and of that which ends it.
        var begin: Int64?
        var end: Int64?
        var packetCount: Int64 = 0
        /// Frames that it needs, be it by others, and that were missing or not whole when it came.
        var open: [Int64] = []

        /// Whether all its packets have come.
        var isWhole: Bool {
            guard let begin, let end else { return false }
            return end - begin + 1 <= packetCount
        }
    }

    private var ring = FrameRing<Frame>(capacity: capacity)
    /// The first that can be relied on.
    let first: Int64
    private(set) var highest: Int64

    init(first: Int64) {
        (self.first, highest) = (first, first - 1)
    }

    subscript(number: Int64) -> Frame? { ring[number] }

    /// Notes what becomes of a frame. Those between it and the highest before are missing.
    ///
    /// - Parameter open: as ``open(_:now:patience:)`` says it of the frames that it needs.
    mutating func decide(_ number: Int64, _ state: State, needing open: [Int64], now: Duration) {
        if number > highest {
            for missing in max(highest + 1, number - Int64(Self.capacity) + 1)..<number {
                ring[missing] = Frame(state: .missing, since: now)
            }
            highest = number
        }
        ring[number] = Frame(state: state, since: now, open: open)
    }

    /// Notes a packet of a frame that was let through, each once.
    mutating func note(_ packet: SourcePacket, _ number: Int64, isFirst: Bool, isLast: Bool) {
        guard var frame = ring[number] else { return }
        frame.packetCount += 1
        if isFirst { frame.begin = packet.number }
        if isLast { frame.end = packet.number }
        ring[number] = frame
    }

    /// Which frames have to come yet, or to become whole, so that others can be decoded.
    ///
    /// - Parameters:
    ///   - numbers: of the others.
    ///   - now: the present time.
    ///   - patience: for how long a frame is waited for.
    /// - Returns: nil if one of them is not to be had any more, or too many are open.
    func open(_ numbers: [Int64], now: Duration, patience: Duration) -> [Int64]? {
        var open: [Int64] = []
        var rest = numbers
        var visits = 0
        while let number = rest.popLast() {
            visits += 1
            guard visits <= Self.maximumVisits, number >= first, let frame = ring[number] else { return nil }
            guard frame.state != .leftOut else { return nil }
            if frame.state == .missing || !frame.isWhole {
                guard now - frame.since < patience else { return nil }
                if !open.contains(number) { open.append(number) }
            }
            rest += frame.open.filter { !open.contains($0) }
        }
        return open
    }
}
