/// The stream numbers of one association. The DTLS client uses the even ones, the server the odd
/// ones (RFC 8832 §6).
struct ChannelIDs {
    private(set) var inUse: Set<UInt16> = []
    /// One more than the largest usable stream; 65535 is reserved (RFC 8832 §4).
    var limit: UInt16 = 65535
    /// Where to look next: a number just freed is used again last.
    private var cursor: UInt16 = 0

    init() {}

    /// Takes a number for a channel that this side opens; nil if none is left.
    mutating func allocate(isDTLSClient: Bool) -> UInt16? {
        let first: UInt16 = isDTLSClient ? 0 : 1
        guard limit > first else { return nil }
        let count = (Int(limit) - Int(first) + 1) / 2
        for offset in 0..<count {
            let index = (Int(cursor) + offset) % count
            let id = first + UInt16(2 * index)
            if id < limit, inUse.insert(id).inserted {
                cursor = UInt16((index + 1) % count)
                return id
            }
        }
        return nil
    }

    /// Takes this very number; false if it is taken.
    mutating func claim(_ id: UInt16) -> Bool {
        inUse.insert(id).inserted
    }

    /// Gives a number back, once the stream is reset on both sides.
    mutating func release(_ id: UInt16) {
        inUse.remove(id)
    }
}
