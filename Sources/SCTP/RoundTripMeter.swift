/// How long a packet is on its way to the peer and its answer back.
///
/// A SACK may wait for the next packet, up to 200 ms (RFC 9260 §6.2), so it tells nothing of that
/// on a quiet path. What is answered at once does: a COOKIE ECHO while the association is made, and
/// a HEARTBEAT (§8.3) when somebody wants to know. Pure: time is an argument.
struct RoundTripMeter {
    /// A HEARTBEAT that is not answered is asked again after so long, and an answer is believed for
    /// so long.
    private static let interval = Duration.seconds(1)
    private static let headerLength = 12
    private static let (heartbeat, heartbeatAck, cookieEcho, cookieAck): (UInt8, UInt8, UInt8, UInt8) = (4, 5, 10, 11)
    /// Tells these HEARTBEATs from those that look for the size of packets.
    private static let mark = UInt32.max

    /// The last one that was measured.
    private(set) var roundTrip: Duration?
    /// When the only COOKIE ECHO has left.
    private var cookieSent: Duration?
    private var hasRepeatedCookie = false
    private var heartbeatSent: Duration?
    private var number: UInt32 = 0
    /// Whether the answer to that number is still to come.
    private var isWaiting = false

    /// Looks at a packet that leaves.
    mutating func sent(_ packet: Span<UInt8>, at now: Duration) {
        guard roundTrip == nil, packet.count > Self.headerLength, packet[Self.headerLength] == Self.cookieEcho else {
            return
        }
        // Which of two is answered cannot be told (Karn's rule).
        if cookieSent != nil { hasRepeatedCookie = true }
        cookieSent = now
    }

    /// A HEARTBEAT to be sent, behind this common header, if it is time for one; its checksum is to
    /// be set.
    mutating func probe(header: [UInt8], at now: Duration) -> [UInt8]? {
        guard header.count == Self.headerLength, heartbeatSent.map({ now - $0 >= Self.interval }) ?? true else {
            return nil
        }
        number &+= 1
        isWaiting = true
        heartbeatSent = now
        let words = [Self.mark, number].flatMap { word in
            (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * UInt32($0))) }
        }
        return header + [Self.heartbeat, 0, 0, 16, 0, 1, 0, 12] + words
    }

    /// Whether a packet of the peer may be an answer.
    var isAwaited: Bool { isWaiting || roundTrip == nil && cookieSent != nil }

    /// Looks for an answer in a packet of the peer.
    mutating func received(_ packet: Span<UInt8>, at now: Duration) {
        SCTPPacket.forEachChunk(in: packet) { type, body in
            if type == Self.cookieAck, roundTrip == nil, !hasRepeatedCookie, let cookieSent {
                roundTrip = now - cookieSent
            } else if type == Self.heartbeatAck, isWaiting, let heartbeatSent,
                packet.uint32(at: body.lowerBound + 4) == Self.mark,
                packet.uint32(at: body.lowerBound + 8) == number
            {
                roundTrip = now - heartbeatSent
                isWaiting = false
            }
            return true
        }
    }
}
