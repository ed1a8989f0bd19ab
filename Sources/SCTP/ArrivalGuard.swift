/// Looks at a peer's packets before usrsctp does, so that none makes it walk long lists.
///
/// usrsctp sorts what waits for its turn (messages by SSN, fragments by TSN) into lists that it
/// walks from the front for each arrival. What can wait there is bounded by memory alone: 32,000
/// messages that come in backward order of SSN cost it ten seconds. So two things are bounded here:
///
/// - What waits although all before it has arrived. A sender numbers the messages of a stream as it
///   gives them TSNs, and the fragments of a message have TSNs in a row (RFC 9260 §6.5, §6.9): with
///   a peer that keeps to that nothing ever waits so, but for what a FORWARD-TSN forgot to name. A
///   peer of which more than ``mostStuck`` do is not one of ours.
/// - What waits for a TSN before it. Beyond a thousand chunks more are only taken if they are of
///   some size, as on long links.
///
/// Pure: what usrsctp has taken for good is known from our own SACKs.
struct ArrivalGuard {
    /// What is to be done with a packet.
    enum Verdict: Equatable {
        case pass
        /// The packet without chunks that are beyond a bound, as if these had been lost; its
        /// checksum is to be set.
        ///
        /// The others have to come to usrsctp. A chunk that has arrived before has to be
        /// acknowledged again (RFC 9260 §6.2), or a peer that has not heard of it repeats it for
        /// ever, and with it, in the same packet, what there is no place for.
        case rest([UInt8])
        /// As if it had been lost.
        case drop
        /// The association has to end.
        case violation(String)
    }

    /// A DATA chunk, as far as it says where it belongs.
    private struct Arrival: Equatable {
        var stream: UInt16
        var sequence: UInt16
        /// U, B and E (RFC 9260 §3.3.1).
        var flags: UInt8
        var length: UInt16

        /// - Parameter place: the stream and the SSN, as they stand in the chunk.
        init(_ place: UInt32, flags: UInt8, length: Int) {
            stream = UInt16(place >> 16)
            sequence = UInt16(truncatingIfNeeded: place)
            self.flags = flags & 7
            self.length = UInt16(clamping: length)
        }

        var isUnordered: Bool { flags & 4 != 0 }
        var begins: Bool { flags & 2 != 0 }
        var ends: Bool { flags & 1 != 0 }

        func isPart(ofMessageOf other: Self) -> Bool {
            stream == other.stream && sequence == other.sequence && isUnordered == other.isUnordered
        }
    }

    /// So many messages and fragments may be stuck.
    static let mostStuck = 256
    /// So many chunks may wait for an earlier TSN, and one more for each so many bytes.
    static let mostEarly = 1024
    private static let bytesForOneMore = 512
    /// usrsctp keeps no more than these behind the last TSN up to which all has arrived.
    private static let farthest: UInt32 = 4096

    /// The TSN that is next; nil before the peer has named its first.
    private var next: UInt32?
    /// What has arrived behind it.
    private var early: [UInt32: Arrival] = [:]
    private var earlyBytes = 0
    /// The SSN that is next, by stream.
    private var sequences: [UInt16] = []
    /// What it was before a reset, which the peer may not have had confirmed.
    private var formerSequences: [UInt16: UInt16] = [:]
    /// The number of the last request to reset streams that has been done; copies of it change
    /// nothing (RFC 6525 §5.2.1).
    private var lastRequest: UInt32?
    /// SSNs that have arrived before their turn, by stream.
    private var ahead: [UInt16: Set<UInt16>] = [:]
    /// The message that has begun and not ended.
    private var open: (message: Arrival, last: UInt32, bytes: Int)?
    /// While a FORWARD-TSN is done.
    private var isSkipping = false
    /// How many messages or fragments wait in usrsctp although all before them has arrived.
    private(set) var stuck = 0

    /// How many bytes of messages may be here that have no end yet, or no beginning.
    var unfinishedBytes: Int { earlyBytes + (open?.bytes ?? 0) }

    /// How many chunks wait for an earlier one.
    var waiting: Int { early.count }

    /// Nothing is noted of what is dropped. What passes has to come to usrsctp.
    ///
    /// - Parameters:
    ///   - isConnecting: whether INIT and INIT ACK count.
    ///   - mayBeRefused: whether usrsctp may have no room for DATA: then only our SACK tells what
    ///     it has taken.
    mutating func admit(_ packet: Span<UInt8>, isConnecting: Bool, mayBeRefused: Bool) -> Verdict {
        guard isWelcome(packet) else { return .drop }
        var refused: [Range<Int>] = []
        var base = next
        var offset = 12
        while let length = packet.chunkLength(at: offset) {
            let end = min(offset + (length + 3) & ~3, packet.count)
            switch packet[offset] {
            case 0 where length > 16:
                if let base, let tsn = packet.uint32(at: offset + 4), isTooMuch(tsn, base: base) {
                    refused.append(offset..<end)
                    break
                }
                let verdict = admitData(packet, at: offset, length: length, mayBeRefused: mayBeRefused)
                guard verdict == .pass else { return verdict }
            case 1, 2:
                if isConnecting, length >= 20 { next = packet.uint32(at: offset + 16) }
            case 192 where length >= 8:
                skip(packet, at: offset, length: length)
                if let former = base, let last = packet.uint32(at: offset + 4), !former.isAfter(last) {
                    base = last &+ 1
                }
            default:
                break
            }
            offset = end
        }
        guard !refused.isEmpty, judged == .pass else { return judged }
        let rest = Self.rest(of: packet, without: refused)
        return rest.count > 12 ? .rest(rest) : .drop
    }

    /// Whether nothing in the packet would make usrsctp walk without an end.
    private func isWelcome(_ packet: Span<UInt8>) -> Bool {
        var hasAcknowledgement = false
        var offset = 12
        while let length = packet.chunkLength(at: offset) {
            switch packet[offset] {
            case 1, 2:
                guard Self.hasWholeParameters(packet, from: offset + 20) else { return false }
            case 3:
                // A second one would say less than the first, and each is a walk over all that is
                // under way.
                guard !hasAcknowledgement, Self.isInOrder(packet, at: offset, length: length) else { return false }
                hasAcknowledgement = true
            default:
                break
            }
            offset += (length + 3) & ~3
        }
        return true
    }

    /// Whether a DATA chunk is beyond a bound.
    ///
    /// - Parameter base: what was next before the packet came: usrsctp moves its map behind it.
    private func isTooMuch(_ tsn: UInt32, base: UInt32) -> Bool {
        guard let next, tsn.isAfter(next) else { return false }
        if tsn &- base >= Self.farthest && tsn.isAfter(base) { return true }
        return early.count >= Self.mostEarly + earlyBytes / Self.bytesForOneMore && early[tsn] == nil
    }

    /// The packet without these chunks.
    private static func rest(of packet: Span<UInt8>, without refused: [Range<Int>]) -> [UInt8] {
        var (rest, place): ([UInt8], Int) = ([], 0)
        for chunk in refused {
            rest += packet.bytes(from: place, to: chunk.lowerBound)
            place = chunk.upperBound
        }
        return rest + packet.bytes(from: place, to: packet.count)
    }

    /// Our SACK says that all has arrived up to this TSN.
    mutating func acknowledged(_ cumulative: UInt32) {
        guard let next, !next.isAfter(cumulative) else { return }
        settle(upTo: cumulative)
        advance()
    }

    /// usrsctp has been given this packet: the streams that the peer resets in it (RFC 6525 §4.1)
    /// begin anew.
    mutating func passed(_ packet: Span<UInt8>) {
        SCTPPacket.forEachChunk(in: packet) { type, body in
            guard type == 130 else { return true }
            var offset = body.lowerBound
            while offset + 16 <= body.upperBound, let head = packet.uint32(at: offset) {
                let size = Int(head & 0xffff)
                guard size >= 16 || head >> 16 != 13, size >= 4, offset + size <= body.upperBound else { return true }
                if head >> 16 == 13, isNew(request: packet.uint32(at: offset + 4)) {
                    let list = stride(from: offset + 16, to: offset + size - 1, by: 2).map {
                        UInt16(packet[$0]) << 8 | UInt16(packet[$0 + 1])
                    }
                    reset(list.isEmpty ? Array(0..<UInt16(clamping: sequences.count)) : list)
                }
                offset += (size + 3) & ~3
            }
            return true
        }
    }

    /// Whether this is no copy of a request that has been done.
    private mutating func isNew(request: UInt32?) -> Bool {
        guard let request else { return false }
        if let lastRequest, !request.isAfter(lastRequest) { return false }
        lastRequest = request
        return true
    }

    /// The next message of these streams is their first, unless the peer never hears that we have
    /// agreed.
    private mutating func reset(_ streams: [UInt16]) {
        for stream in streams where Int(stream) < sequences.count {
            formerSequences[stream] = sequences[Int(stream)]
            sequences[Int(stream)] = 0
        }
    }

    private var judged: Verdict {
        stuck <= Self.mostStuck
            ? .pass
            : .violation("more than \(Self.mostStuck) messages or parts of some came without those that they follow")
    }

    private mutating func admitData(
        _ packet: Span<UInt8>, at offset: Int, length: Int, mayBeRefused: Bool
    ) -> Verdict {
        guard let next, let tsn = packet.uint32(at: offset + 4), let place = packet.uint32(at: offset + 8) else {
            return .pass
        }
        let arrival = Arrival(place, flags: packet[offset + 1], length: length)
        // It has come before.
        if next.isAfter(tsn) { return .pass }
        if tsn == next, !mayBeRefused {
            settle(arrival, tsn)
            advance()
            return judged
        }
        if let known = early[tsn] {
            guard known == arrival || mayBeRefused else { return .violation("a TSN came with two meanings") }
            earlyBytes -= Int(known.length)
        } else if tsn &- next >= Self.farthest {
            // usrsctp has no place for it.
            return .pass
        }
        early[tsn] = arrival
        earlyBytes += length
        return .pass
    }

    private mutating func remove(_ tsn: UInt32) -> Arrival? {
        guard let arrival = early.removeValue(forKey: tsn) else { return nil }
        earlyBytes -= Int(arrival.length)
        return arrival
    }

    /// What follows without a gap has its turn.
    private mutating func advance() {
        while let tsn = next, !early.isEmpty, let arrival = remove(tsn) { settle(arrival, tsn) }
    }

    /// All up to here has its turn, or is given up.
    private mutating func settle(upTo last: UInt32) {
        for tsn in early.keys.filter({ !$0.isAfter(last) }).sorted(by: { $1.isAfter($0) }) {
            if let arrival = remove(tsn) { settle(arrival, tsn) }
        }
        next = last &+ 1
    }

    /// A chunk has its turn.
    private mutating func settle(_ arrival: Arrival, _ tsn: UInt32) {
        next = tsn &+ 1
        if let (message, last, bytes) = open {
            self.open = nil
            if !arrival.begins, last &+ 1 == tsn, arrival.isPart(ofMessageOf: message) {
                if !arrival.ends { self.open = (message, tsn, bytes + Int(arrival.length)) }
                return
            }
            countPart()
        }
        guard arrival.begins else { return countPart() }
        if !arrival.ends { self.open = (arrival, tsn, Int(arrival.length)) }
        if !arrival.isUnordered { settle(arrival.sequence, of: arrival.stream) }
    }

    /// A message came in part. Of those that are given up usrsctp throws away what there is.
    private mutating func countPart() {
        if !isSkipping { stuck += 1 }
    }

    private mutating func settle(_ sequence: UInt16, of stream: UInt16) {
        let index = Int(stream)
        while sequences.count <= index { sequences.append(0) }
        let former = formerSequences.isEmpty ? nil : formerSequences.removeValue(forKey: stream)
        if sequence == sequences[index] || sequence == former {
            proceed(to: sequence &+ 1, on: stream)
        } else if Int16(bitPattern: sequence &- sequences[index]) > 0 {
            ahead[stream, default: []].insert(sequence)
            stuck += 1
        }
    }

    private mutating func proceed(to sequence: UInt16, on stream: UInt16) {
        sequences[Int(stream)] = sequence
        guard var waiting = ahead[stream] else { return }
        while waiting.remove(sequences[Int(stream)]) != nil {
            sequences[Int(stream)] &+= 1
            stuck -= 1
        }
        ahead[stream] = waiting.isEmpty ? nil : waiting
    }

    /// FORWARD-TSN (RFC 3758 §3.2): all up to a TSN is given up, and of these streams all up to an
    /// SSN.
    private mutating func skip(_ packet: Span<UInt8>, at offset: Int, length: Int) {
        guard let next, let last = packet.uint32(at: offset + 4), !next.isAfter(last) else { return }
        isSkipping = true
        defer {
            settle(upTo: last)
            self.open = nil
            isSkipping = false
            advance()
        }
        for place in stride(from: offset + 8, to: offset + length - 3, by: 4) {
            guard let entry = packet.uint32(at: place) else { return }
            let (stream, sequence) = (UInt16(entry >> 16), UInt16(truncatingIfNeeded: entry))
            while sequences.count <= Int(stream) { sequences.append(0) }
            guard Int16(bitPattern: sequence &- sequences[Int(stream)]) >= 0 else { continue }
            if let waiting = ahead[stream] {
                let left = waiting.filter { Int16(bitPattern: $0 &- sequence) > 0 }
                stuck -= waiting.count - left.count
                ahead[stream] = left
            }
            proceed(to: sequence &+ 1, on: stream)
        }
    }

    /// No parameter of an INIT or INIT ACK says that it is shorter than its own header (RFC 9260
    /// §3.2.1): usrsctp, which looks for addresses among them once there is an association, would
    /// not get past it, and walk in place for ever. It does not look where the chunk ends, but
    /// nothing else may be in the packet (§6.10).
    private static func hasWholeParameters(_ packet: Span<UInt8>, from start: Int) -> Bool {
        var place = start
        while place + 4 <= packet.count {
            let size = Int(packet[place + 2]) << 8 | Int(packet[place + 3])
            guard size >= 4 else { return false }
            place += (size + 3) & ~3
        }
        return true
    }

    /// Gap blocks come in rising order, and apart (RFC 9260 §3.3.4). For one that does not usrsctp
    /// begins at the front again.
    private static func isInOrder(_ packet: Span<UInt8>, at offset: Int, length: Int) -> Bool {
        guard length >= 16 else { return true }
        let count = Int(packet[offset + 12]) << 8 | Int(packet[offset + 13])
        var last = 0
        for place in stride(from: offset + 16, to: min(offset + 16 + 4 * count, offset + length - 3), by: 4) {
            guard let block = packet.uint32(at: place) else { return true }
            let (start, end) = (Int(block >> 16), Int(block & 0xffff))
            guard start > last, end >= start else { return false }
            last = end
        }
        return true
    }
}
