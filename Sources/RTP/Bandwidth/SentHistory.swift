/// The packets that feedback may still speak of, found by their transport-wide numbers, or by
/// source and sequence number (RFC 8888).
///
/// It holds at most ``maximumCount`` packets, for that is how far a number of 16 bits reaches back,
/// and begins with a few. Pure; time is a parameter.
package struct SentHistory: Sendable {
    /// How many packets are held at most.
    package static let maximumCount = 1 << 15
    /// A packet that nothing is said of for so long does not count as under way any more.
    static let patience = Duration.seconds(3)
    private static let firstCount = 512

    private enum State: UInt8 { case none, underWay, forgotten, lost, arrived }

    private struct Place: Sendable {
        var sentAt = Duration.zero
        var number: Int64 = -1
        var size: Int32 = 0
        var cluster: Int32 = -1
        var state = State.none
    }

    /// By the lower bits of the number; their count is a power of two.
    private var places = Array(repeating: Place(), count: firstCount)
    private var sources = SentSources()
    private var nextNumber: Int64
    /// Nothing below it is under way.
    private var oldest: Int64

    /// The bytes of packets that were sent and not spoken of, of the last three seconds.
    package private(set) var bytesInFlight = 0

    /// - Parameter firstNumber: of the first packet.
    package init(firstNumber: UInt16 = 1) {
        nextNumber = Int64(firstNumber)
        oldest = nextNumber
    }

    /// The packet that was sent last.
    package var last: SentPacket? { packet(nextNumber - 1) }

    /// Notes that a packet is sent.
    ///
    /// - Parameters:
    ///   - size: in bytes on the wire.
    ///   - cluster: the probe that it is a part of, 0 or more.
    ///   - now: by any clock that does not go back.
    /// - Returns: the number that it must bear.
    package mutating func sent(size: Int, cluster: Int? = nil, now: Duration) -> UInt16 {
        forgetOld(now: now)
        let number = nextNumber
        nextNumber += 1
        if let taken = underWay(number - Int64(places.count)), places.count < Self.maximumCount {
            // It is still waited for.
            if now - taken < Self.patience { grow() }
        }
        leave(number - Int64(places.count))
        let bytes = Int32(clamping: max(0, size))
        places[index(number)] = Place(
            sentAt: now, number: number, size: bytes, cluster: cluster.map { Int32(clamping: $0) } ?? -1,
            state: .underWay)
        bytesInFlight += Int(bytes)
        return UInt16(truncatingIfNeeded: number)
    }

    /// Notes that a packet is sent of which feedback will speak by source.
    package mutating func sent(
        of ssrc: UInt32, _ sequenceNumber: UInt16, size: Int, cluster: Int? = nil, now: Duration
    ) {
        _ = sent(size: size, cluster: cluster, now: now)
        sources.note(nextNumber - 1, of: ssrc, sequenceNumber, capacity: places.count)
    }

    /// A packet is sent again as it was: feedback does not tell which of the two it speaks of, so
    /// nothing that it says counts.
    package mutating func forget(_ sequenceNumber: UInt16, of ssrc: UInt32) {
        sources.forget(ssrc, sequenceNumber)
    }

    /// Takes what feedback says of a number.
    ///
    /// - Parameters:
    ///   - arrival: by the receiver's clock; nil if the packet was lost.
    ///   - ecn: the bits it arrived with.
    /// - Returns: nil if no such packet is known, or if that was told before. One that was told to
    ///   be lost can be told to have arrived later.
    package mutating func report(number: UInt16, arrival: Duration?, ecn: UInt8 = 0) -> PacketReport? {
        let newest = nextNumber - 1
        let back = UInt16(truncatingIfNeeded: newest) &- number
        guard let packet = packet(newest - Int64(back)) else { return nil }
        return report(packet, arrival: arrival, ecn: ecn)
    }

    /// Takes what feedback says of a packet by its source and sequence number, the newest one that
    /// had these; see ``report(number:arrival:ecn:)``.
    package mutating func report(
        of ssrc: UInt32, _ sequenceNumber: UInt16, arrival: Duration?, ecn: UInt8 = 0
    ) -> PacketReport? {
        guard let number = sources.number(of: ssrc, sequenceNumber), let packet = packet(number) else { return nil }
        return report(packet, arrival: arrival, ecn: ecn)
    }

    /// How many packets of a source right before one have not been spoken of, at most `limit`: if
    /// feedback begins with that one, what spoke of them was lost. They count as spoken of then,
    /// and may be spoken of later all the same.
    package mutating func takeUnspoken(before sequenceNumber: UInt16, of ssrc: UInt32, limit: Int) -> Int {
        var count = 0
        while count < limit {
            let before = sequenceNumber &- UInt16(truncatingIfNeeded: count + 1)
            guard let number = sources.number(of: ssrc, before), underWay(number) != nil else { break }
            leave(number)
            count += 1
        }
        return count
    }

    private mutating func report(_ packet: SentPacket, arrival: Duration?, ecn: UInt8) -> PacketReport? {
        let place = index(packet.number)
        let state = places[place].state
        switch state {
        case .none, .arrived: return nil
        case .lost where arrival == nil: return nil
        case .underWay: bytesInFlight -= packet.size
        case .lost, .forgotten: break
        }
        places[place].state = arrival == nil ? .lost : .arrived
        return PacketReport(packet: packet, arrival: arrival, ecn: ecn, wasToldLost: state == .lost)
    }

    private func index(_ number: Int64) -> Int { Int(truncatingIfNeeded: number) & (places.count - 1) }

    private func packet(_ number: Int64) -> SentPacket? {
        let place = places[index(number)]
        guard number >= 0, place.number == number, place.state != .none else { return nil }
        return SentPacket(
            number: number, size: Int(place.size), sentAt: place.sentAt,
            cluster: place.cluster < 0 ? nil : Int(place.cluster))
    }

    /// When a packet was sent that is under way.
    private func underWay(_ number: Int64) -> Duration? {
        let place = places[index(number)]
        return place.number == number && place.state == .underWay ? place.sentAt : nil
    }

    private mutating func leave(_ number: Int64) {
        guard underWay(number) != nil else { return }
        let place = index(number)
        places[place].state = .forgotten
        bytesInFlight -= Int(places[place].size)
    }

    private mutating func forgetOld(now: Duration) {
        oldest = max(oldest, nextNumber - Int64(places.count))
        while oldest < nextNumber {
            if let sentAt = underWay(oldest) {
                guard now - sentAt > Self.patience else { return }
                leave(oldest)
            }
            oldest += 1
        }
    }

    private mutating func grow() {
        let old = places
        places = Array(repeating: Place(), count: old.count * 2)
        for place in old where place.state != .none { places[index(place.number)] = place }
    }
}
