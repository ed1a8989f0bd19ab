extension RTCPWriter {
    /// Says when packets have arrived. Numbers are in order, modulo 2^16, and none is left out:
    /// what has not arrived has no time. A feedback ends where the next time is more than 8.19 s
    /// from the one before, or where it has spoken of 65,535 packets; the rest goes into further
    /// ones.
    ///
    /// - Parameters:
    ///   - sender: who says it.
    ///   - media: any source of the transport.
    ///   - feedbackCount: of the first; the next ones have one more each.
    ///   - arrivals: what is said of each number.
    /// - Returns: how many feedbacks it has become.
    @discardableResult
    public mutating func appendTransportWide(
        from sender: UInt32, of media: UInt32, feedbackCount: UInt8, _ arrivals: [TransportWideFeedback.Arrival]
    ) -> Int {
        var rest = arrivals[...]
        var written = 0
        while let first = rest.first {
            // The reference time is that of the first that has arrived, in whole units of 64 ms.
            let reference = (rest.first { $0.time != nil }?.time ?? 0) >> 8
            var time = reference << 8
            var symbols: [UInt8] = []
            var deltas: [UInt8] = []
            for arrival in rest.prefix(0xFFFF) {
                guard let moment = arrival.time else {
                    symbols.append(0)
                    continue
                }
                let delta = moment - time
                if let small = UInt8(exactly: delta) {
                    symbols.append(1)
                    deltas.append(small)
                } else if let large = Int16(exactly: delta) {
                    symbols.append(2)
                    deltas.append(big: UInt16(bitPattern: large))
                } else {
                    break
                }
                time = moment
            }
            rest = rest.dropFirst(symbols.count)
            let count = feedbackCount &+ UInt8(truncatingIfNeeded: written)
            _ = append(.transportFeedback, format: 15, from: sender, of: media) { bytes in
                bytes.append(big: first.sequenceNumber)
                bytes.append(big: UInt16(truncatingIfNeeded: symbols.count))
                bytes.append(big24: UInt32(truncatingIfNeeded: reference) & 0xFF_FFFF)
                bytes.append(count)
                Self.appendChunks(symbols, to: &bytes)
                bytes += deltas
            }
            written += 1
        }
        return written
    }

    /// A run where it says more than a vector would, else 14 symbols of one bit where none needs
    /// two, else 7 of two.
    private static func appendChunks(_ symbols: [UInt8], to bytes: inout [UInt8]) {
        var rest = symbols[...]
        while let first = rest.first {
            let run = rest.prefix(0x1FFF).prefix { $0 == first }.count
            let isNarrow = rest.prefix(14).allSatisfy { $0 < 2 }
            if run >= (isNarrow ? 14 : 7) || run == rest.count {
                bytes.append(big: UInt16(first) << 13 | UInt16(truncatingIfNeeded: run))
                rest = rest.dropFirst(run)
                continue
            }
            let width = isNarrow ? 1 : 2
            let part = rest.prefix(isNarrow ? 14 : 7)
            var bits: UInt16 = isNarrow ? 0x8000 : 0xC000
            for (index, symbol) in part.enumerated() { bits |= UInt16(symbol) << (14 - width * (index + 1)) }
            bytes.append(big: bits)
            rest = rest.dropFirst(part.count)
        }
    }
}
