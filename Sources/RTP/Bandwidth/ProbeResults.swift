/// Which rate the packets of a probe arrived with. The last few probes are held; times are in
/// microseconds.
struct ProbeResults: Sendable {
    struct Result: Sendable, Equatable {
        /// What the path has passed on, in bit/s.
        let bitrate: Double
        /// Whether that is as much as was sent: then there may be room for more.
        let isFull: Bool
    }

    private struct Open: Sendable {
        let cluster: ProbeCluster
        var (count, bytes) = (0, 0)
        var (firstSize, lastSize) = (0, 0)
        var (firstSent, lastSent): (Int64, Int64) = (.max, .min)
        var (firstArrival, lastArrival): (Int64, Int64) = (.max, .min)
        var isTold = false

        init(_ cluster: ProbeCluster) { self.cluster = cluster }
    }

    private static let maximumCount = 4
    private var open: [Open] = []

    mutating func begin(_ cluster: ProbeCluster) {
        if open.count == Self.maximumCount { open.removeFirst() }
        open.append(Open(cluster))
    }

    /// Takes the arrival of a packet of a probe.
    ///
    /// - Returns: the result, once enough of it has arrived.
    mutating func add(_ id: Int, size: Int, sentAt: Int64, arrival: Int64) -> Result? {
        guard let index = open.firstIndex(where: { $0.cluster.id == id }), !open[index].isTold else { return nil }
        var probe = open[index]
        probe.count += 1
        probe.bytes &+= size
        if sentAt < probe.firstSent { probe.firstSent = sentAt }
        if sentAt >= probe.lastSent { (probe.lastSent, probe.lastSize) = (sentAt, size) }
        if arrival < probe.firstArrival { (probe.firstArrival, probe.firstSize) = (arrival, size) }
        if arrival > probe.lastArrival { probe.lastArrival = arrival }
        open[index] = probe
        let cluster = probe.cluster
        // A few may have been lost.
        guard probe.count * 5 >= cluster.minimumPackets * 4, probe.bytes >= cluster.minimumBytes / 5 * 4 else {
            return nil
        }
        let sendTime = Double(probe.lastSent - probe.firstSent)
        let time = Double(probe.lastArrival - probe.firstArrival)
        guard (1...1_000_000).contains(sendTime), (1...2_000_000).contains(time) else { return nil }
        open[index].isTold = true
        let sent = Double(probe.bytes - probe.lastSize) * 8_000_000 / sendTime
        let received = Double(probe.bytes - probe.firstSize) * 8_000_000 / time
        // Packets that came much faster than they were sent had been held up together.
        guard received < 3 * sent, received > 0 else { return nil }
        return Result(bitrate: min(sent, received), isFull: received > 0.9 * sent)
    }
}
