// What this end reports and asks for, in RTCP.
extension RTPSession {
    /// How many streams a compound tells of, so that it stays below 1200 bytes.
    private static let sendersInCompound = 6
    private static let blocksInCompound = 18
    /// A compound of feedback is sent when it has so many bytes; what is put in at once has no more
    /// than ``itemsInFeedback`` takes, and so the datagram stays below 1200.
    private static let fullFeedback = 512
    /// How many items a NACK has.
    private static let itemsInFeedback = 64

    /// The wall clock at a moment, since 1970. It was looked at once, so that it runs evenly: both
    /// ends only compare differences, and get back what they have said (RFC 3550 §4).
    func wallClock(_ now: Duration) -> Duration { epoch + now }

    /// Sends a report of all streams, as often as the interval says.
    func sendReports(now: Duration) {
        reportTimer.hasReported(now: now, random: random())
        let senders = sentStreams.values.filter { $0.counters.packetsSent > 0 && !$0.hasSaidGoodbye }
            .sorted { $0.ssrc < $1.ssrc }
        var blocks: [ReportBlock] = []
        for stream in table.streams where !stream.hasEnded {
            guard let block = stream.statistics.report(of: stream.ssrc, now: now) else { continue }
            blocks.append(block)
        }
        guard !senders.isEmpty || !blocks.isEmpty else { return reportTimer.stop() }
        var (restOfSenders, restOfBlocks) = (senders[...], blocks[...])
        repeat {
            let part = restOfSenders.prefix(Self.sendersInCompound)
            let told = Array(restOfBlocks.prefix(Self.blocksInCompound))
            restOfSenders = restOfSenders.dropFirst(part.count)
            restOfBlocks = restOfBlocks.dropFirst(told.count)
            var writer = RTCPWriter()
            appendReports(part, told, to: &writer, now: now)
            delegate?.rtpSession(sendControl: writer.bytes.span)
        } while !restOfSenders.isEmpty || !restOfBlocks.isEmpty
    }

    private func appendReports(
        _ senders: ArraySlice<SentStream>, _ blocks: [ReportBlock], to writer: inout RTCPWriter, now: Duration
    ) {
        var blocks = blocks
        let reports = senders.compactMap { $0.report(now: wallClock(now)) }
        for report in reports {
            writer.append(report, blocks)
            blocks = []
        }
        if reports.isEmpty { writer.appendReceiverReports(from: speaker, blocks) }
        writer.appendCanonicalName(canonicalName, of: senders.isEmpty ? [speaker] : senders.map(\.ssrc))
    }

    /// Who says what is said of others: a stream of ours, if there is one.
    var speaker: UInt32 { sentStreams.values.lazy.filter(\.isSending).map(\.ssrc).min() ?? ownSSRC }

    /// Asks for what is missing, and for pictures, and tells of arrivals, as far as it is due.
    func sendFeedback(now: Duration) {
        var writer = RTCPWriter()
        if arrivals.isFull || arrivals.deadline.map({ $0 <= now }) ?? false {
            for told in arrivals.tell(from: speaker) {
                writer.append(told)
                send(&writer, above: Self.fullFeedback, now: now)
            }
        }
        if sourceArrivals.isFull || sourceArrivals.deadline.map({ $0 <= now }) ?? false {
            let timestamp = NTPTime(sinceEpoch: wallClock(now)).compact
            for told in sourceArrivals.tell(from: speaker, timestamp: timestamp, now: now) {
                sourceFeedbackSent &+= 1
                writer.append(told)
                send(&writer, above: Self.fullFeedback, now: now)
            }
        }
        for case .stream(let stream) in table.sources.values where !stream.hasEnded {
            askForMissing(of: stream, &writer, now: now)
            askForKeyFrame(of: stream, &writer, now: now)
            send(&writer, above: Self.fullFeedback, now: now)
        }
        send(&writer, above: 0, now: now)
    }

    /// Sends what was written if it is more than so many bytes, and begins anew.
    private func send(_ writer: inout RTCPWriter, above limit: Int, now: Duration) {
        guard writer.bytes.count > limit else { return }
        defer { writer = RTCPWriter() }
        guard sections.values.contains(where: { !$0.isReducedSize }) else {
            delegate?.rtpSession(sendControl: writer.bytes.span)
            return
        }
        // Without RFC 5506 a compound begins with a report.
        var whole = RTCPWriter()
        appendReports([], [], to: &whole, now: now)
        whole.append(writer)
        delegate?.rtpSession(sendControl: whole.bytes.span)
    }

    private func askForMissing(of stream: ReceivedStream, _ writer: inout RTCPWriter, now: Duration) {
        guard stream.wantsRetransmissions, let due = stream.missing.nextDeadline, due <= now else { return }
        let numbers = stream.missing.due(now: now, roundTrip: roundTripOrGuess)
        guard !numbers.isEmpty else { return }
        var items = NackItem.items(for: numbers)[...]
        while !items.isEmpty {
            writer.appendNack(from: speaker, of: stream.ssrc, Array(items.prefix(Self.itemsInFeedback)))
            stream.counters.nackCount &+= 1
            items = items.dropFirst(Self.itemsInFeedback)
            send(&writer, above: Self.fullFeedback, now: now)
        }
    }

    private func askForKeyFrame(of stream: ReceivedStream, _ writer: inout RTCPWriter, now: Duration) {
        guard stream.keyFrames.isDue(now: now) else { return }
        let feedback = stream.format.feedback
        if feedback.contains(.pictureLoss) || !feedback.contains(.fullIntraRequest) {
            writer.appendPictureLoss(from: speaker, of: stream.ssrc)
            stream.counters.pliCount &+= 1
        } else {
            stream.firSequenceNumber &+= 1
            writer.appendFullIntraRequests(
                from: speaker, [FullIntraRequest(ssrc: stream.ssrc, sequenceNumber: stream.firSequenceNumber)])
            stream.counters.firCount &+= 1
        }
    }

    /// Says that streams end (RFC 3550 §6.3.7).
    func sayGoodbye(_ streams: [SentStream], now: Duration) {
        let over = streams.filter { $0.counters.packetsSent > 0 && !$0.hasSaidGoodbye }
        guard !over.isEmpty else { return }
        for stream in over { stream.hasSaidGoodbye = true }
        var writer = RTCPWriter()
        appendReports([], [], to: &writer, now: now)
        writer.appendGoodbye(of: over.map(\.ssrc).sorted())
        delegate?.rtpSession(sendControl: writer.bytes.span)
    }

    /// Says that all that is sent ends; nothing is sent after it.
    package func sayGoodbye(now: Duration) { sayGoodbye(Array(sentStreams.values), now: now) }
}
