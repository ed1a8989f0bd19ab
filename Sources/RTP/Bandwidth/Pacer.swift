/// Lets packets leave one after the other, so that frames do not flood the queues of the path.
/// Pure; time is a parameter.
///
/// It smooths, and does not decide how much is sent: what waits leaves within about 250 ms, faster
/// than the rate if need be. It drops nothing either: what is beyond ``maximumBytes`` or
/// ``maximumCount`` leaves at once. Audio never waits, but is counted.
///
/// For each packet ask ``mayBypass(size:priority:now:)`` first. What was put in comes out of
/// ``next(now:)``, to be called at ``nextDeadline`` until it gives nil; then
/// ``paddingDue(now:)``, in the same way, until it gives 0.
package struct Pacer<Item> {
    /// What goes first.
    package enum Priority: Int, Sendable, CaseIterable { case audio, retransmission, video, padding }

    /// A packet whose time has come.
    package struct Departure {
        /// As it was put in.
        package let item: Item
        /// As it was given, in bytes.
        package let size: Int
        /// The probe that it is a part of.
        package let cluster: Int?
    }

    /// What may wait, in bytes.
    package static var maximumBytes: Int { 2 << 20 }
    /// How many packets may wait.
    package static var maximumCount: Int { 1 << 14 }
    /// So much leaves together, in nanoseconds of the rate.
    private static var burst: Int64 { 5_000_000 }
    /// The same in a probe: no more than timers are late.
    private static var probeBurst: Int64 { 2_000_000 }
    private static var longestWait: Int64 { 250_000_000 }
    /// A probe that is not over by then is given up: nothing was sent.
    private static var probeTime: Int64 { 1_000_000_000 }
    private static var paddingSize: Int { 1_200 }

    private struct Probe: Sendable {
        let cluster: ProbeCluster
        var packets = 0
        var bytes = 0
        var end: Int64?

        var isDone: Bool { packets >= cluster.minimumPackets && bytes >= cluster.minimumBytes }
    }

    private var queues = Priority.allCases.map { _ in PacerQueue<Item>() }
    private var rate: Int
    /// At this rate, in bit/s, all that waits leaves in time: by the longest queue since it was
    /// empty.
    private var drainRate = 0
    /// When what has left is paid for, in nanoseconds.
    private var free: Int64 = .min
    private var probe: Probe?
    private var waiting: ProbeCluster?

    /// What waits, in bytes.
    package private(set) var byteCount = 0
    /// How many packets that is.
    package private(set) var count = 0

    /// Packets that left at once as too many waited.
    package private(set) var overflows: UInt64 = 0

    /// - Parameter rate: in bit/s.
    package init(rate: Int = 450_000) { self.rate = Self.clamp(rate) }

    /// The probe that is being sent. Packets that bypass are no part of it.
    package var cluster: Int? { probe?.cluster.id }

    /// Takes the rate at which packets leave, in bit/s.
    package mutating func update(rate: Int) { self.rate = Self.clamp(rate) }

    /// Sends what there is, and padding, at the rate of a probe, after the one that may be under
    /// way. No more than one waits: the last.
    package mutating func begin(_ probe: ProbeCluster) {
        if self.probe == nil { self.probe = Probe(cluster: probe) } else { waiting = probe }
    }

    /// Whether a packet may leave at once: nothing waits, and there is room. Then it is counted,
    /// and must be sent. Audio always may.
    ///
    /// - Parameter size: in bytes on the wire.
    package mutating func mayBypass(size: Int, priority: Priority, now: Duration) -> Bool {
        let time = Self.nanoseconds(now)
        if priority != .audio {
            guard count == 0, free <= time else { return false }
            endProbe(time)
            guard probe == nil else { return false }
        }
        charge(size, at: time)
        return true
    }

    /// Puts a packet in, behind those of its priority.
    package mutating func enqueue(_ item: Item, size: Int, priority: Priority, now: Duration) {
        queues[priority.rawValue].append(item, size: max(0, min(size, 1 << 20)), at: Self.nanoseconds(now))
        byteCount += max(0, min(size, 1 << 20))
        count += 1
        // What is over the bound leaves at once anyway.
        drainRate = max(drainRate, min(byteCount, Self.maximumBytes) * 8 * 4)
    }

    /// The next packet, if its time has come.
    package mutating func next(now: Duration) -> Departure? {
        guard count > 0 else { return nil }
        let time = Self.nanoseconds(now)
        endProbe(time)
        let isOver = byteCount > Self.maximumBytes || count > Self.maximumCount
        let isLate = lateSince.map { $0 <= time } ?? false
        guard isOver || isLate || free <= time || !queues[Priority.audio.rawValue].isEmpty else { return nil }
        guard let (item, size, priority) = takeFirst() else { return nil }
        if isOver, free > time, priority != .audio { overflows &+= 1 }
        let cluster = cluster
        charge(size, at: time)
        noteProbed(size, time)
        if count == 0 { drainRate = 0 }
        return Departure(item: item, size: size, cluster: cluster)
    }

    /// The next packet that waits, whether its time has come or not.
    package mutating func takeAny() -> Departure? {
        guard let (item, size, _) = takeFirst() else { return nil }
        if count == 0 { drainRate = 0 }
        return Departure(item: item, size: size, cluster: nil)
    }

    private mutating func takeFirst() -> (item: Item, size: Int, priority: Priority)? {
        for priority in Priority.allCases {
            guard let (item, size) = queues[priority.rawValue].takeFirst() else { continue }
            byteCount -= size
            count -= 1
            return (item, size, priority)
        }
        return nil
    }

    /// How many bytes of padding a probe needs now, as nothing else waits: to be sent in one
    /// packet that is a part of ``cluster``, and told by ``sent(padding:now:)``; where there is
    /// nothing to send, ``endProbes()`` has to be called.
    package mutating func paddingDue(now: Duration) -> Int {
        let time = Self.nanoseconds(now)
        endProbe(time)
        guard count == 0, free <= time, let running = probe else { return 0 }
        let packets = max(1, running.cluster.minimumPackets - running.packets)
        let bytes = max(0, running.cluster.minimumBytes - running.bytes)
        return min(Self.paddingSize, max(200, (bytes + packets - 1) / packets))
    }

    /// A packet of padding was sent.
    ///
    /// - Parameter size: in bytes on the wire; it may be another than was asked for.
    package mutating func sent(padding size: Int, now: Duration) {
        let time = Self.nanoseconds(now)
        charge(size, at: time)
        noteProbed(size, time)
    }

    /// There is nothing that a probe could be filled with.
    package mutating func endProbes() { (probe, waiting) = (nil, nil) }

    /// When to call ``next(now:)`` and ``paddingDue(now:)``; nil if nothing waits. It may have
    /// passed.
    package var nextDeadline: Duration? {
        let isDue = !queues[Priority.audio.rawValue].isEmpty || byteCount > Self.maximumBytes
        if isDue || count > Self.maximumCount { return .zero }
        guard count > 0 || probe.map({ !$0.isDone }) ?? false || waiting != nil else { return nil }
        return .nanoseconds(max(0, min(free, lateSince ?? .max)))
    }

    /// When what has waited longest has waited too long: sound, which never waits, may leave no
    /// room.
    private var lateSince: Int64? {
        guard count > 0 else { return nil }
        return queues.reduce(nil) { first, queue in
            guard let since = queue.since else { return first }
            return min(first ?? .max, since + Self.longestWait)
        }
    }

    // MARK: Time

    /// The rate that holds, in bit/s.
    private var currentRate: Int {
        if let probe, !probe.isDone { return max(Self.clamp(probe.cluster.bitrate), drainRate) }
        return max(rate, drainRate)
    }

    private mutating func charge(_ size: Int, at time: Int64) {
        let cost = Int64(min(max(0, size), 1 << 20)) * 8_000_000_000 / Int64(max(1, currentRate))
        let burst = probe == nil ? Self.burst : Self.probeBurst
        free = min(max(free, time - burst) + cost, time + Self.longestWait)
    }

    private mutating func noteProbed(_ size: Int, _ time: Int64) {
        guard probe != nil else { return }
        probe?.packets += 1
        probe?.bytes += size
        if probe?.end == nil { probe?.end = time + Self.probeTime }
    }

    /// Goes on to the next probe if the last is over.
    private mutating func endProbe(_ time: Int64) {
        guard let running = probe else { return }
        guard running.isDone || running.end.map({ time > $0 }) ?? false else { return }
        probe = waiting.map { Probe(cluster: $0) }
        waiting = nil
    }

    /// No further from zero than 2^62, 146 years: there time would stand still.
    private static func nanoseconds(_ time: Duration) -> Int64 {
        let limit: Int64 = 1 << 62
        return min(max(Int64(clamping: time.attoseconds / 1_000_000_000), -limit), limit)
    }

    private static func clamp(_ rate: Int) -> Int { min(max(rate, 10_000), BandwidthEstimator.Settings.highest) }
}

extension Pacer: Sendable where Item: Sendable {}
extension Pacer.Departure: Sendable where Item: Sendable {}
