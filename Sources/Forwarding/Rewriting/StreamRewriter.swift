package import RTP

/// Makes one stream for a watcher of packets that come from one source after the other: layers of a
/// simulcast, or different senders. Pure; time is a parameter.
///
/// - Numbers have no gap where a packet is left out on purpose. Where one is lost there is a gap,
///   so that it is asked for again; if it comes late, it gets the number that was kept for it.
/// - Timestamps go on over a change of the source. If both sources are of one sender and have sent
///   reports, these tell how far apart two pictures are (RFC 3550 §6.4.1); otherwise the times of
///   arrival do.
///
/// What packets are let through is decided by others: each packet of the source is given to
/// ``forward(_:)`` or ``leaveOut(_:)``.
package struct StreamRewriter: Sendable {
    /// How far behind the highest a packet may come and still be let through.
    static let maximumLateness: Int64 = 1000
    /// The most that timestamps go forward over a change: half of what can be told apart.
    static let maximumAdvance: Int64 = 1 << 30

    /// Where a number of the watcher comes from.
    package enum Origin: Sendable, Hashable {
        /// The packet of the source, which was let through, or filled.
        case sent(source: UInt32, number: Int64)
        /// The packet of the source, which has not come yet; it may be in the cache if it was there
        /// before the source was gone over to, and can be given to ``forward(_:)`` then.
        case missing(source: UInt32, number: Int64)
    }

    private struct Current: Sendable {
        let source: UInt32
        /// Whose clock its reports are of.
        let sender: UInt64
        /// The highest number of the source.
        var highest: Int64
        var shift: Int64
        let timestampShift: UInt32
    }

    /// The watcher's.
    package let ssrc: UInt32
    /// Of the timestamps, in Hz.
    package let clockRate: Int
    /// What the watcher knows the format by, 0 to 127; nil leaves it as the source has it.
    package var payloadType: UInt8?
    /// Packets that were let through, modulo 2^32 in reports.
    package private(set) var packetCount: Int64 = 0
    /// Bytes of their payloads.
    package private(set) var octetCount: Int64 = 0

    /// The watcher's numbers that were sent. What they were sent with, who sends it keeps.
    private var sent = SeenNumbers()
    private var runs = NumberRuns()
    private var current: Current?
    /// The watcher's highest number, sent or kept for one that is missing.
    private var highest: Int64
    /// The newest timestamp that was sent, and that of its source, and when its packet came.
    private var newest: (timestamp: UInt32, original: UInt32, arrival: Duration)?
    private let firstTimestamp: UInt32?
    private var clocks = SourceClocks()

    /// - Parameters:
    ///   - ssrc: the watcher's.
    ///   - clockRate: of the timestamps, in Hz, 1 or more.
    ///   - payloadType: see ``payloadType``.
    ///   - firstNumber: the first sequence number.
    ///   - firstTimestamp: the first timestamp; nil for that of the first source.
    package init(
        ssrc: UInt32, clockRate: Int, payloadType: UInt8? = nil, firstNumber: UInt16 = .random(in: 0..<32_768),
        firstTimestamp: UInt32? = nil
    ) {
        self.ssrc = ssrc
        self.clockRate = max(1, clockRate)
        self.payloadType = payloadType
        self.firstTimestamp = firstTimestamp
        highest = Int64(firstNumber) + 65_535
    }

    /// The source that is let through now; nil before the first.
    package var source: UInt32? { current?.source }

    // MARK: Packets

    /// Goes over to a packet's source, or begins anew with it after a pause. The packet is the
    /// first that is let through; what is before it is left out.
    ///
    /// - Parameters:
    ///   - packet: the first one.
    ///   - sender: who sends it: sources of the same sender have the same wall clock.
    package mutating func begin(with packet: SourcePacket, sender: UInt64) -> PacketRewrite {
        let timestamp = firstTimestamp(of: packet, sender: sender)
        let next = highest + 1
        current = Current(
            source: packet.source, sender: sender, highest: packet.number - 1, shift: next - packet.number,
            timestampShift: timestamp &- packet.header.timestamp)
        return advance(packet) ?? rewrite(next, timestamp)
    }

    /// Lets a packet through.
    ///
    /// - Returns: what is to be changed of it; nil if it is not to be sent: it was sent before, or
    ///   is too late, or not of the source that is let through.
    package mutating func forward(_ packet: SourcePacket) -> PacketRewrite? {
        guard let current, current.source == packet.source, packet.number > current.highest else {
            return forwardLate(packet, isFilling: false)
        }
        guard packet.number - current.highest <= NumberUnwrapper.maximumGap else {
            // The source has begun anew, or has paused: nobody can ask for so many.
            return begin(with: packet, sender: current.sender)
        }
        return advance(packet)
    }

    /// Leaves a packet out.
    ///
    /// - Returns: nil mostly. If its number was kept already, as a later packet has come before:
    ///   what makes a packet of padding of it, so that nobody asks for it.
    package mutating func leaveOut(_ packet: SourcePacket) -> PacketRewrite? {
        guard let current, current.source == packet.source, packet.number > current.highest else {
            return forwardLate(packet, isFilling: true)
        }
        guard packet.number - current.highest <= NumberUnwrapper.maximumGap else {
            // What is missing before it is not kept a number for.
            self.current?.shift -= packet.number - current.highest
            self.current?.highest = packet.number
            return nil
        }
        keep(through: packet.number - 1)
        self.current?.highest = packet.number
        self.current?.shift -= 1
        return nil
    }

    /// Where a number of the watcher's comes from.
    ///
    /// - Returns: nil if it is too old, or was never used.
    package func origin(of sequenceNumber: UInt16) -> Origin? {
        let back = Int64(UInt16(truncatingIfNeeded: highest) &- sequenceNumber)
        guard back < Self.maximumLateness else { return nil }
        let number = highest - back
        guard let run = runs.run(of: number) else { return nil }
        return sent.contains(number)
            ? .sent(source: run.source, number: number - run.shift)
            : .missing(source: run.source, number: number - run.shift)
    }

    // MARK: Reports

    /// Takes a report of any source that may be let through (RFC 3550 §6.4.1).
    package mutating func note(_ report: SenderReport) { clocks.note(report, clockRate: clockRate) }

    /// The report of the watcher's stream, made of its source's: of the same moment, with the
    /// stream's timestamp and counts.
    ///
    /// - Returns: nil if it is not of the source that is let through now.
    package func report(from report: SenderReport) -> SenderReport? {
        guard let current, current.source == report.ssrc else { return nil }
        return SenderReport(
            ssrc: ssrc, ntpTime: report.ntpTime, rtpTimestamp: report.rtpTimestamp &+ current.timestampShift,
            packetCount: UInt32(truncatingIfNeeded: packetCount), octetCount: UInt32(truncatingIfNeeded: octetCount))
    }

    // MARK: Private

    private func rewrite(_ number: Int64, _ timestamp: UInt32) -> PacketRewrite {
        PacketRewrite(
            ssrc: ssrc, sequenceNumber: UInt16(truncatingIfNeeded: number), timestamp: timestamp,
            payloadType: payloadType)
    }

    /// Keeps numbers for the source's packets up to one, whether they have come or not.
    private mutating func keep(through last: Int64) {
        guard let current, last > current.highest else { return }
        runs.append(
            NumberRuns.Run(
                source: current.source, first: current.highest + 1, last: last, shift: current.shift,
                timestampShift: current.timestampShift))
        self.current?.highest = last
        highest = max(highest, last + current.shift)
    }

    private mutating func advance(_ packet: SourcePacket) -> PacketRewrite? {
        guard let current else { return nil }
        keep(through: packet.number)
        let timestamp = packet.header.timestamp &+ current.timestampShift
        if newest.map({ Int32(bitPattern: timestamp &- $0.timestamp) >= 0 }) ?? true {
            newest = (timestamp, packet.header.timestamp, packet.arrival)
        }
        return send(packet, packet.number + current.shift, timestamp, isFilling: false)
    }

    private mutating func forwardLate(_ packet: SourcePacket, isFilling: Bool) -> PacketRewrite? {
        guard let run = runs.run(of: packet.source, number: packet.number) else { return nil }
        let number = packet.number + run.shift
        guard highest - number < Self.maximumLateness, !sent.contains(number) else { return nil }
        return send(packet, number, packet.header.timestamp &+ run.timestampShift, isFilling: isFilling)
    }

    private mutating func send(
        _ packet: SourcePacket, _ number: Int64, _ timestamp: UInt32, isFilling: Bool
    ) -> PacketRewrite {
        var rewrite = rewrite(number, timestamp)
        rewrite.isFilling = isFilling
        packetCount += 1
        if !isFilling { octetCount += Int64(packet.header.payload.count) }
        sent.insert(number)
        return rewrite
    }

    /// The timestamp of a packet with which a source begins: after the newest that was sent by as
    /// much as the pictures are apart, but by one tick at least.
    private func firstTimestamp(of packet: SourcePacket, sender: UInt64) -> UInt32 {
        guard let newest else { return firstTimestamp ?? packet.header.timestamp }
        var distance = packet.arrival - newest.arrival
        if let current, current.sender == sender,
            let before = clocks.wallTime(of: newest.original, source: current.source),
            let after = clocks.wallTime(of: packet.header.timestamp, source: packet.source)
        {
            // Clocks that say something that cannot be are not believed.
            if abs((after - before - distance) / .seconds(1)) <= SourceClocks.tolerance { distance = after - before }
        }
        let ticks = min(max(distance.ticks(rate: Int64(clockRate)), 1), Self.maximumAdvance)
        return newest.timestamp &+ UInt32(truncatingIfNeeded: ticks)
    }
}
