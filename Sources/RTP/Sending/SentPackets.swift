/// The packets of a source that may be asked for again, bounded in number, in bytes and in time.
/// Pure; time is a parameter.
package struct SentPackets: Sendable {
    /// How many.
    package static let maximumCount = 1024
    /// How many bytes.
    package static let maximumBytes = 2 << 20
    /// For how long one may be asked for.
    package static let lifetime = Duration.seconds(3)
    /// For how long the newest is of use to somebody who has not asked for it.
    private static let freshness = Duration.seconds(1)
    /// How many dropped packets' room waits for others.
    private static let spareCount = 4

    private struct Sent: Sendable {
        let number: UInt16
        let bytes: [UInt8]
        let since: Duration
        var lastAnswer: Duration?
    }

    /// By the lower bits of the number, so that each is found at once.
    private var places: [Sent?] = Array(repeating: nil, count: maximumCount)
    /// In the order in which they were sent.
    private var order: [UInt16] = []
    private var start = 0
    /// The room of packets that were dropped, for those to come.
    private var spare: [[UInt8]] = []
    package private(set) var byteCount = 0

    package init() {}

    package var count: Int { order.count - start }

    /// Keeps a packet as it was sent, without its protection. The oldest make room.
    ///
    /// - Parameter packet: is moved from here; after it, an empty array with the room of one that
    ///   was dropped, if there is any.
    package mutating func keep(_ packet: inout [UInt8], sequenceNumber: UInt16, now: Duration) {
        let place = Int(sequenceNumber) % Self.maximumCount
        drop(place)
        byteCount += packet.count
        places[place] = Sent(number: sequenceNumber, bytes: packet, since: now)
        packet = spare.popLast() ?? []
        packet.removeAll(keepingCapacity: true)
        order.append(sequenceNumber)
        while start < order.count {
            let oldest = Int(order[start]) % Self.maximumCount
            // The bytes of a packet of long ago are not touched to look at this.
            guard places[oldest]?.number == order[start], let since = places[oldest]?.since else {
                start += 1
                continue
            }
            // A number that is used again and again has one place, but stands here each time.
            guard
                byteCount > Self.maximumBytes || now - since > Self.lifetime
                    || order.count - start > Self.maximumCount
            else { break }
            drop(oldest)
            start += 1
        }
        if start > Self.maximumCount { (order, start) = (Array(order[start...]), 0) }
    }

    /// A packet that is asked for, unless it is gone, or was answered less than `pause` ago: the
    /// answer is on its way then.
    ///
    /// - Parameter isAllowed: whether as many bytes may be sent again now. What may not counts as
    ///   not answered.
    package mutating func answer(
        _ sequenceNumber: UInt16, now: Duration, pause: Duration, where isAllowed: (Int) -> Bool = { _ in true }
    ) -> [UInt8]? {
        let place = Int(sequenceNumber) % Self.maximumCount
        guard let sent = places[place], sent.number == sequenceNumber, now - sent.since <= Self.lifetime else {
            return nil
        }
        if let last = sent.lastAnswer, now - last < pause { return nil }
        guard isAllowed(sent.bytes.count) else { return nil }
        places[place]?.lastAnswer = now
        return sent.bytes
    }

    /// The last one that was kept, unless that is long ago.
    package func newest(now: Duration) -> [UInt8]? {
        guard count > 0, let number = order.last, let sent = places[Int(number) % Self.maximumCount],
            now - sent.since <= Self.freshness
        else { return nil }
        return sent.bytes
    }

    private mutating func drop(_ place: Int) {
        guard let sent = places[place].take() else { return }
        byteCount -= sent.bytes.count
        guard spare.count < Self.spareCount else { return }
        spare.append(sent.bytes)
    }
}
