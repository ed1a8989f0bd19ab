import RTP

/// A packet of RTP: what is read is within it, and is the same when it is written again.
enum RTPEntry {
    @Sendable static func run(_ bytes: [UInt8]) throws {
        let span = bytes.span
        guard let header = try? RTPHeader(parsing: span) else { return }
        try FuzzFinding.require(
            header.payload.upperBound + header.paddingCount == bytes.count, "the parts are not the whole")
        for index in 0..<header.csrcCount { _ = header.csrc(index, in: span) }
        var elements = RTPHeader.Elements(header)
        while let element = elements.next(in: span) {
            try FuzzFinding.require(
                element.value.lowerBound >= header.extensions.lowerBound
                    && element.value.upperBound <= header.extensions.upperBound, "an element is beyond the extension")
            try readAll(span.extracting(element.value))
        }
        let packet = try RTPPacket(parsing: span)
        let written = try packet.encoded()
        let again = try RTPPacket(parsing: written.span)
        try FuzzFinding.require(again == packet, "it is written differently")
    }

    /// Each kind of value, from the same bytes: what can be read is written as it was.
    private static func readAll(_ value: Span<UInt8>) throws(FuzzFinding) {
        try check(MediaID(value))
        try check(StreamID(value))
        try check(RepairedStreamID(value))
        try check(AudioLevel(value))
        try check(ContributorLevels(value))
        try check(AbsoluteSendTime(value))
        try check(AbsoluteCaptureTime(value))
        try check(TransportSequenceNumber(value))
        try check(VideoOrientation(value))
        try check(PlayoutDelay(value))
        try check(VideoLayersAllocation(value))
    }

    private static func check<Value: RTPExtensionValue>(_ value: Value?) throws(FuzzFinding) {
        guard let value else { return }
        let written = value.bytes
        let again = Value(written.span)
        try FuzzFinding.require(again == value, "\(Value.self) is written differently")
    }
}
