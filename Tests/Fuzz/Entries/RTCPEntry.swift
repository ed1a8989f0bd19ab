import RTP

/// A compound of RTCP: everything in it can be read to an end, and lies within its packet.
enum RTCPEntry {
    @Sendable static func run(_ bytes: [UInt8]) throws {
        let span = bytes.span
        var reader = RTCPReader()
        var place = 0
        while let block = try? reader.next(in: span) {
            try FuzzFinding.require(
                block.body.lowerBound >= place + 4 && block.body.upperBound <= bytes.count,
                "a packet is not where it is")
            place = block.body.upperBound
            readReports(block, span)
            try readNames(block, span)
            if let feedback = Feedback(block, in: span) { try read(feedback, span) }
        }
    }

    private static func readReports(_ block: RTCPReader.Block, _ span: Span<UInt8>) {
        if let report = SenderReport(block, in: span) {
            for index in 0..<report.blockCount { _ = report.block(index, in: span) }
        }
        if let report = ReceiverReport(block, in: span) {
            for index in 0..<report.blockCount { _ = report.block(index, in: span) }
        }
        if var report = ExtendedReport(block, in: span) { while report.next(in: span) != nil {} }
    }

    private static func readNames(_ block: RTCPReader.Block, _ span: Span<UInt8>) throws(FuzzFinding) {
        var ranges: [Range<Int>] = []
        if var items = SourceDescription(block) { while let item = items.next(in: span) { ranges.append(item.text) } }
        if let goodbye = Goodbye(block, in: span) {
            for index in 0..<goodbye.sourceCount { _ = goodbye.source(index, in: span) }
            if let reason = goodbye.reason { ranges.append(reason) }
        }
        if let application = ApplicationDefined(block, in: span) { ranges.append(application.data) }
        try FuzzFinding.require(
            ranges.allSatisfy { $0.lowerBound >= block.body.lowerBound && $0.upperBound <= block.body.upperBound },
            "a text is beyond its packet")
    }

    private static func read(_ feedback: Feedback, _ span: Span<UInt8>) throws(FuzzFinding) {
        for index in 0..<feedback.nackCount { feedback.nack(index, in: span).forEach { _ in } }
        for index in 0..<feedback.fullIntraRequestCount { _ = feedback.fullIntraRequest(index, in: span) }
        if let estimate = ReceiverEstimatedBitrate(feedback, in: span) {
            for index in 0..<estimate.sourceCount { _ = estimate.source(index, in: span) }
        }
        if var control = CongestionControlFeedback(feedback, in: span) { while control.next(in: span) != nil {} }
        guard let wide = TransportWideFeedback(feedback, in: span),
            var reader = TransportWideFeedback.Arrivals(wide, in: span)
        else { return }
        var arrivals: [TransportWideFeedback.Arrival] = []
        while let arrival = reader.next(in: span) { arrivals.append(arrival) }
        try writeAgain(arrivals)
    }

    private static func writeAgain(_ arrivals: [TransportWideFeedback.Arrival]) throws(FuzzFinding) {
        var writer = RTCPWriter()
        writer.appendTransportWide(from: 1, of: 2, feedbackCount: 0, arrivals)
        let written = writer.bytes
        let span = written.span
        var reader = RTCPReader()
        var found: [TransportWideFeedback.Arrival] = []
        while let block = try? reader.next(in: span) {
            guard let feedback = Feedback(block, in: span), let wide = TransportWideFeedback(feedback, in: span),
                var parts = TransportWideFeedback.Arrivals(wide, in: span)
            else { throw FuzzFinding("what was written cannot be read") }
            while let arrival = parts.next(in: span) { found.append(arrival) }
        }
        try FuzzFinding.require(found.map(\.onTheWire) == arrivals.map(\.onTheWire), "arrivals are written differently")
    }
}

extension TransportWideFeedback.Arrival {
    /// Times begin again after the 24 bits of the reference time and 8 of a delta.
    fileprivate var onTheWire: Self {
        Self(sequenceNumber: sequenceNumber, time: time.map { $0 & 0xFFFF_FFFF })
    }
}
