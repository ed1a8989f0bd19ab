extension JitterBuffer {
    /// Takes a packet of RED (RFC 2198): its own payload, and in the places of missing packets what
    /// it repeats of them.
    ///
    /// What is of another payload type than the packet's own is left out: it goes beside the codec.
    ///
    /// - Throws: ``RTPError`` for what is none; nothing is inserted then.
    package mutating func insertRedundant(
        _ header: RTPHeader, payload: Span<UInt8>, now: Duration
    ) throws(RTPError) {
        let blocks = try RedundantAudio(payload, timestamp: header.timestamp).blocks
        let type = blocks.last?.payloadType
        for (index, block) in blocks.dropLast().enumerated() where block.payloadType == type {
            insertRepeated(
                before: header, distance: blocks.count - 1 - index, timestamp: block.timestamp,
                payloadType: block.payloadType, payload: payload.extracting(block.range), now: now)
        }
        guard let primary = blocks.last else { return }
        var header = header
        header.payloadType = primary.payloadType
        insert(header, payload: payload.extracting(primary.range), now: now)
    }
}
