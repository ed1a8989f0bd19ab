/// The packets of a source that may be asked for again, bounded in number, in bytes and in time.
/// Pure; time is a parameter.
///
/// What they carry is not copied: a hundred peers that get one picture hold its bytes once, and
/// each of them its own headers. It is let go once nobody can ask for it any more.
package struct SentPackets: Sendable {
    /// How many.
    package static let maximumCount = 1024
    /// How many bytes.
    package static let maximumBytes = 2 << 20
    /// For how long one may be asked for.
    package static let lifetime = Duration.seconds(3)
    /// For how long the newest is of use to somebody who has not asked for it.
    private static let freshness = Duration.seconds(1)
    /// How many there is room for at first, a power of two.
    private static let firstRoom = 64

    /// What is a packet's own.
    package struct Header: Sendable {
        /// The marker bit and the payload type, as they stand in the second byte.
        package var typeAndMarker: UInt8
        package var sequenceNumber: UInt16
        package var timestamp: UInt32
        /// The header extension, whole; empty for none.
        package var extensions: [UInt8]

        /// Makes one.
        package init(typeAndMarker: UInt8, sequenceNumber: UInt16, timestamp: UInt32, extensions: [UInt8]) {
            self.typeAndMarker = typeAndMarker
            self.sequenceNumber = sequenceNumber
            self.timestamp = timestamp
            self.extensions = extensions
        }

        /// Appends the header as it stands in front of the payload.
        package func append(of ssrc: UInt32, to packet: inout [UInt8]) {
            packet.append(extensions.isEmpty ? 0x80 : 0x90)
            packet.append(typeAndMarker)
            packet.append(big: sequenceNumber)
            packet.append(big: timestamp)
            packet.append(big: ssrc)
            packet += extensions
        }
    }

    private struct Sent: Sendable {
        let payload: SharedPayload
        let header: Header
        let since: Duration
        var lastAnswer: Duration?

        var size: Int { RTPHeader.minimumSize + header.extensions.count + payload.count }
    }

    private let ssrc: UInt32
    /// By the lower bits of the number, so that each is found at once: as many as there have to be.
    private var places: [Sent?] = []
    /// In the order in which they were sent.
    private var order: [UInt16] = []
    private var start = 0
    package private(set) var byteCount = 0

    /// - Parameter ssrc: of all of them.
    package init(ssrc: UInt32 = 0) { self.ssrc = ssrc }

    package var count: Int { order.count - start }

    /// Keeps a packet as it was sent. The oldest make room.
    package mutating func keep(_ payload: SharedPayload, _ header: Header, now: Duration) {
        let sent = Sent(payload: payload, header: header, since: now)
        let number = header.sequenceNumber
        makeRoom(for: number)
        drop(place(number))
        byteCount += sent.size
        places[place(number)] = sent
        order.append(number)
        trim(now: now)
        if start > Self.maximumCount { (order, start) = (Array(order[start...]), 0) }
    }

    /// Lets go what nobody can ask for any more, where nothing more is sent.
    package mutating func trim(now: Duration) {
        while start < order.count {
            let oldest = place(order[start])
            guard let sent = places[oldest], sent.header.sequenceNumber == order[start] else {
                start += 1
                continue
            }
            // A number that is used again and again has one place, but stands here each time.
            guard byteCount > Self.maximumBytes || now - sent.since >= Self.lifetime || count > Self.maximumCount
            else { return }
            drop(oldest)
            start += 1
        }
    }

    /// When ``trim(now:)`` lets go all that there is; nil if there is nothing.
    package var end: Duration? { newest.map { $0.since + Self.lifetime } }

    /// A packet that is asked for, unless it is gone, or was answered less than `pause` ago: the
    /// answer is on its way then.
    ///
    /// - Parameter isAllowed: whether as many bytes may be sent again now. What may not counts as
    ///   not answered.
    /// - Returns: the packet as it was sent, to the byte, without its protection.
    package mutating func answer(
        _ sequenceNumber: UInt16, now: Duration, pause: Duration, where isAllowed: (Int) -> Bool = { _ in true }
    ) -> [UInt8]? {
        guard !places.isEmpty, let sent = places[place(sequenceNumber)],
            sent.header.sequenceNumber == sequenceNumber, now - sent.since < Self.lifetime
        else { return nil }
        if let last = sent.lastAnswer, now - last < pause { return nil }
        guard isAllowed(sent.size) else { return nil }
        places[place(sequenceNumber)]?.lastAnswer = now
        return packet(sent)
    }

    /// The last one that was kept, unless that is long ago.
    package func newest(now: Duration) -> [UInt8]? { hasNewest(now: now) ? newest.map(packet) : nil }

    /// Whether there is one.
    package func hasNewest(now: Duration) -> Bool { newest.map { now - $0.since <= Self.freshness } ?? false }

    private var newest: Sent? {
        guard count > 0, let number = order.last, let sent = places[place(number)],
            sent.header.sequenceNumber == number
        else { return nil }
        return sent
    }

    private func packet(_ sent: Sent) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(sent.size)
        sent.header.append(of: ssrc, to: &bytes)
        sent.payload.append(to: &bytes)
        return bytes
    }

    private func place(_ number: UInt16) -> Int { Int(number) & (places.count - 1) }

    /// Makes more places where the one of a number is another's. What is too old there makes room
    /// itself.
    private mutating func makeRoom(for number: UInt16) {
        if places.isEmpty { places = Array(repeating: nil, count: Self.firstRoom) }
        while let other = places[place(number)], other.header.sequenceNumber != number,
            places.count < Self.maximumCount
        {
            let former = places
            places = Array(repeating: nil, count: 2 * former.count)
            for case let sent? in former { places[place(sent.header.sequenceNumber)] = sent }
        }
    }

    private mutating func drop(_ place: Int) {
        guard let sent = places[place].take() else { return }
        byteCount -= sent.size
    }
}
