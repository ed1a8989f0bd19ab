import RTP

/// The packets of a source, kept once for all its watchers: to answer who asks for one again
/// (RFC 4585 §6.2.1), and to give who joins the last key frame with all that came after it. Bounded
/// in number, in bytes and in time. Pure; time is a parameter.
package struct ForwardingCache: Sendable {
    /// How much is kept.
    package struct Limits: Sendable, Hashable {
        /// Of all packets.
        package var packets: Int
        /// Of all packets, in bytes.
        package var bytes: Int
        /// For how long a packet is kept, but for those since the last key frame.
        package var age: Duration
        /// How many packets since the last key frame are too much for who joins.
        package var groupPackets: Int
        /// How many bytes since the last key frame are too much.
        package var groupBytes: Int
        /// How long ago the last key frame may be.
        package var groupAge: Duration

        /// Makes them. What a group may have is kept within what all packets may have.
        package init(
            packets: Int = 2048, bytes: Int = 4 << 20, age: Duration = .seconds(3), groupPackets: Int = 1000,
            groupBytes: Int = 1 << 20, groupAge: Duration = .seconds(4)
        ) {
            self.packets = max(1, packets)
            self.bytes = max(0, bytes)
            self.age = age
            self.groupPackets = min(groupPackets, self.packets)
            self.groupBytes = min(groupBytes, self.bytes)
            self.groupAge = groupAge
        }
    }

    /// How much is kept.
    package let limits: Limits
    /// The bytes of what is kept.
    package private(set) var byteCount = 0
    private var packets: [Int64: SourcePacket] = [:]
    /// The lowest number that may be kept, and the highest that is.
    private var lowest: Int64 = 0
    private var highest: Int64 = -1
    private var group: Group?

    private struct Group: Sendable {
        /// The number of the packet with which the key frame begins.
        var first: Int64
        let timestamp: UInt32
        let since: Duration
        var packetCount = 0
        var byteCount = 0
    }

    /// Nothing is kept yet.
    package init(limits: Limits = Limits()) { self.limits = limits }

    /// How many packets are kept.
    package var count: Int { packets.count }

    /// Keeps a packet; one that is kept already stays as it is.
    ///
    /// - Parameter now: by the clock of the packets' arrival.
    package mutating func insert(_ packet: SourcePacket, now: Duration) {
        if packets.isEmpty || packet.number - highest > 65_536 { start(at: packet.number) }
        guard packet.number >= lowest - Int64(limits.packets), packets[packet.number] == nil else { return }
        lowest = min(lowest, packet.number)
        packets[packet.number] = packet
        byteCount += packet.bytes.count
        highest = max(highest, packet.number)
        noteGroup(packet)
        trim(now: now)
    }

    /// A packet by its number without an end; nil if it is gone, or has not come.
    package subscript(number: Int64) -> SourcePacket? { packets[number] }

    /// Whether who joins can begin with what is kept; otherwise a key frame has to be asked for.
    package func hasGroup(now: Duration) -> Bool { group.map { now - $0.since <= limits.groupAge } ?? false }

    /// The bytes of what who joins would begin with.
    package var groupByteCount: Int { group?.byteCount ?? 0 }

    /// The last key frame and all that came after it, in order, for who joins; none if a key frame
    /// has to be asked for. Packets that are missing may come yet.
    package func group(now: Duration) -> [SourcePacket] {
        guard hasGroup(now: now), let group, group.first <= highest else { return [] }
        return (group.first...highest).compactMap { packets[$0] }
    }

    /// Drops what is too old, if nothing is inserted any more.
    package mutating func trim(now: Duration) {
        if let group, now - group.since > limits.groupAge { self.group = nil }
        if let group, group.packetCount > limits.groupPackets || group.byteCount > limits.groupBytes {
            self.group = nil
        }
        while lowest <= highest {
            guard let packet = packets[lowest] else {
                lowest += 1
                continue
            }
            let isOver = packets.count > limits.packets || byteCount > limits.bytes
            let isOld = now - packet.arrival > limits.age && lowest < group?.first ?? .max
            guard isOver || isOld else { break }
            if let group, lowest >= group.first { self.group = nil }
            byteCount -= packet.bytes.count
            packets[lowest] = nil
            lowest += 1
        }
    }

    private mutating func start(at number: Int64) {
        packets = [:]
        (byteCount, lowest, highest, group) = (0, number, number, nil)
    }

    private mutating func noteGroup(_ packet: SourcePacket) {
        if packet.beginsKeyFrame {
            if packet.header.timestamp == group?.timestamp {
                // A key frame may have several packets that could be its first.
                if let first = group?.first, packet.number < first { group?.first = packet.number }
            } else if packet.number > group?.first ?? .min {
                group = Group(first: packet.number, timestamp: packet.header.timestamp, since: packet.arrival)
                let later = packet.number < highest ? packets.values.filter { $0.number > packet.number } : []
                group?.packetCount = later.count
                group?.byteCount = later.reduce(0) { $0 + $1.bytes.count }
            }
        }
        guard let first = group?.first, packet.number >= first else { return }
        group?.packetCount += 1
        group?.byteCount += packet.bytes.count
    }
}
