/// Puts the packets of one stream together from its pages (RFC 3533 §5).
struct OggPacketJoiner: Sendable {
    let serial: UInt32
    /// Packets that are longer are left out (RFC 7845 §6 says what is reasonable).
    let maximumPacketSize: Int
    /// What has come of a packet that goes on.
    private var pending: [UInt8] = []
    private var isPending = false
    private var isTooLarge = false
    private var expected: UInt32?

    init(serial: UInt32, maximumPacketSize: Int) {
        self.serial = serial
        self.maximumPacketSize = maximumPacketSize
    }

    /// - Returns: the packets that end in the page, and whether some are missing before them.
    mutating func packets(of page: OggPage) -> (packets: [[UInt8]], hasGap: Bool) {
        var hasGap = expected.map { $0 != page.sequence } ?? false
        expected = page.sequence &+ 1
        let isContinued = page.flags & OggPage.isContinued != 0
        if hasGap || !isContinued {
            hasGap = hasGap || isPending
            (isPending, isTooLarge, pending) = (false, false, [])
        }
        // The end of a packet whose beginning is not there.
        var isSkipping = isContinued && !isPending
        if isSkipping { hasGap = true }
        var packets: [[UInt8]] = []
        var place = 0
        for size in page.lacing {
            let part = place..<place + Int(size)
            place = part.upperBound
            if !isSkipping {
                isPending = true
                isTooLarge = isTooLarge || pending.count + part.count > maximumPacketSize
                if isTooLarge { pending = [] } else { pending += page.body[part] }
            }
            guard size < 255 else { continue }
            if !isSkipping, !isTooLarge { packets.append(pending) }
            if isTooLarge { hasGap = true }
            (isSkipping, isPending, isTooLarge, pending) = (false, false, false, [])
        }
        return (packets, hasGap)
    }
}
