import RTP

// A macro cannot be given a Span.
extension RTPHeader {
    init(parsing bytes: [UInt8]) throws(RTPError) { try self.init(parsing: bytes.span) }
    func csrc(_ index: Int, in bytes: [UInt8]) -> UInt32 { csrc(index, in: bytes.span) }
    func rangeOfExtension(_ id: UInt8, in bytes: [UInt8]) -> Range<Int>? { rangeOfExtension(id, in: bytes.span) }
}

extension RTPPacket {
    init(parsing bytes: [UInt8]) throws(RTPError) { try self.init(parsing: bytes.span) }
}

extension RTPExtensionValue {
    init?(_ bytes: [UInt8]) { self.init(bytes.span) }
}

extension SenderReport {
    init?(_ block: RTCPReader.Block, in bytes: [UInt8]) { self.init(block, in: bytes.span) }
    func blocks(in bytes: [UInt8]) -> [ReportBlock] { (0..<blockCount).map { block($0, in: bytes.span) } }
}

extension ReceiverReport {
    init?(_ block: RTCPReader.Block, in bytes: [UInt8]) { self.init(block, in: bytes.span) }
    func blocks(in bytes: [UInt8]) -> [ReportBlock] { (0..<blockCount).map { block($0, in: bytes.span) } }
}

extension SourceDescription {
    func items(in bytes: [UInt8]) -> [Item] {
        var reader = self
        var items: [Item] = []
        while let item = reader.next(in: bytes.span) { items.append(item) }
        return items
    }
}

extension Goodbye {
    init?(_ block: RTCPReader.Block, in bytes: [UInt8]) { self.init(block, in: bytes.span) }
    func sources(in bytes: [UInt8]) -> [UInt32] { (0..<sourceCount).map { source($0, in: bytes.span) } }
}

extension Feedback {
    init?(_ block: RTCPReader.Block, in bytes: [UInt8]) { self.init(block, in: bytes.span) }
    func nacks(in bytes: [UInt8]) -> [NackItem] { (0..<nackCount).map { nack($0, in: bytes.span) } }
    func fullIntraRequests(in bytes: [UInt8]) -> [FullIntraRequest] {
        (0..<fullIntraRequestCount).map { fullIntraRequest($0, in: bytes.span) }
    }
}

extension ReceiverEstimatedBitrate {
    init?(_ feedback: Feedback, in bytes: [UInt8]) { self.init(feedback, in: bytes.span) }
    func sources(in bytes: [UInt8]) -> [UInt32] { (0..<sourceCount).map { source($0, in: bytes.span) } }
}

extension ExtendedReport {
    init?(_ block: RTCPReader.Block, in bytes: [UInt8]) { self.init(block, in: bytes.span) }
    func blocks(in bytes: [UInt8]) -> [Block] {
        var reader = self
        var blocks: [Block] = []
        while let block = reader.next(in: bytes.span) { blocks.append(block) }
        return blocks
    }
}

extension TransportWideFeedback {
    init?(_ feedback: Feedback, in bytes: [UInt8]) { self.init(feedback, in: bytes.span) }

    /// Nil if the chunks go beyond it.
    func arrivals(in bytes: [UInt8]) -> [Arrival]? {
        guard var reader = Arrivals(self, in: bytes.span) else { return nil }
        var arrivals: [Arrival] = []
        while let arrival = reader.next(in: bytes.span) { arrivals.append(arrival) }
        return arrivals
    }
}

extension CongestionControlFeedback {
    init?(_ feedback: Feedback, in bytes: [UInt8]) { self.init(feedback, in: bytes.span) }
    func metrics(in bytes: [UInt8]) -> [Metric] {
        var reader = self
        var metrics: [Metric] = []
        while let metric = reader.next(in: bytes.span) { metrics.append(metric) }
        return metrics
    }
}
