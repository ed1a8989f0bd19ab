/// Handshake messages of the peer that have come before the session can answer them: its
/// description, with whom the session may be, or our pair is not there yet. Dropped, they would
/// cost the peer's retransmission, a second (RFC 6347 §4.2.4.1).
///
/// Only what has come from an address that has made an authenticated check gets here. Pure; time is
/// a parameter.
struct HeldDatagrams {
    /// A ClientHello is one datagram, or a few fragments.
    static let maximumCount = 16
    /// All of them together.
    static let maximumBytes = 16 << 10
    /// The peer has sent again by then.
    static let patience = Duration.seconds(5)

    private var datagrams: [(bytes: [UInt8], arrived: Duration)] = []
    private var bytes = 0

    /// Keeps a copy of each of several that lie back to back, of `segmentSize` bytes each but the
    /// last.
    mutating func hold(_ datagrams: Span<UInt8>, segmentSize: Int, now: Duration) {
        for offset in stride(from: 0, to: datagrams.count, by: segmentSize) {
            hold(datagrams.extracting(offset..<min(datagrams.count, offset + segmentSize)), now: now)
        }
    }

    /// Keeps a copy, unless it is no handshake message in the clear or there is no room; those that
    /// have waited too long make room.
    mutating func hold(_ datagram: Span<UInt8>, now: Duration) {
        // A record's header: content type, version, epoch, sequence number, length.
        guard datagram.count > 13, datagram[0] == 22, datagram[3] == 0, datagram[4] == 0 else { return }
        dropOld(now: now)
        guard datagrams.count < Self.maximumCount, bytes + datagram.count <= Self.maximumBytes else { return }
        var copy: [UInt8] = []
        copy.reserveCapacity(datagram.count)
        for index in datagram.indices { copy.append(datagram[index]) }
        bytes += copy.count
        datagrams.append((copy, now))
    }

    /// What has been held, in the order of its arrival, and is not any more.
    mutating func take(now: Duration) -> [[UInt8]] {
        dropOld(now: now)
        defer { self = HeldDatagrams() }
        return datagrams.map(\.bytes)
    }

    private mutating func dropOld(now: Duration) {
        datagrams.removeAll { now - min(now, $0.arrived) > Self.patience }
        bytes = datagrams.reduce(0) { $0 + $1.bytes.count }
    }
}
