// What the peer reports and asks for, in RTCP.
extension RTPSession {
    /// How much one compound may ask for and tell: no more than there is.
    private struct Budget {
        var requests = SentPackets.maximumCount
        var reports = OutgoingPackets.mostReports
    }

    /// Whether the peer's own estimates were agreed on (`goog-remb`).
    var takesEstimates: Bool {
        sections.values.contains { section in
            section.sends && section.sentFormats.contains { $0.feedback.contains(.estimatedBitrate) }
        }
    }

    /// Takes a compound of RTCP that was proven. What it cannot read it leaves out.
    package func receive(rtcp compound: Span<UInt8>, now: Duration) {
        var reader = RTCPReader()
        var budget = Budget()
        while true {
            do throws(RTPError) {
                guard let block = try reader.next(in: compound) else { return }
                receive(block, in: compound, &budget, now: now)
            } catch {
                return
            }
        }
    }

    private func receive(
        _ block: RTCPReader.Block, in compound: Span<UInt8>, _ budget: inout Budget, now: Duration
    ) {
        switch block.type {
        case .senderReport:
            guard let report = SenderReport(block, in: compound) else { return }
            if let stream = table.stream(report.ssrc) { note(report, of: stream, now: now) }
            for index in 0..<report.blockCount { note(report.block(index, in: compound), now: now) }
        case .receiverReport:
            guard let report = ReceiverReport(block, in: compound) else { return }
            for index in 0..<report.blockCount { note(report.block(index, in: compound), now: now) }
        case .sourceDescription:
            guard var items = SourceDescription(block) else { return }
            while let item = items.next(in: compound) {
                guard item.type == .canonicalName, let stream = table.stream(item.ssrc), stream.canonicalName == nil
                else { continue }
                stream.canonicalName = String(validating: compound.bytes(item.text), as: UTF8.self)
            }
        case .goodbye:
            guard let goodbye = Goodbye(block, in: compound) else { return }
            for index in 0..<goodbye.sourceCount {
                if let stream = table.stream(goodbye.source(index, in: compound)) {
                    end(stream, now: now)
                }
            }
        case .transportFeedback, .payloadFeedback:
            guard let feedback = Feedback(block, in: compound) else { return }
            receive(feedback, in: compound, &budget, now: now)
        default: break
        }
    }

    private func note(_ report: SenderReport, of stream: ReceivedStream, now: Duration) {
        stream.statistics.note(report, arrival: now)
        stream.clock.note(report)
        stream.lastReport = (report, now)
        stream.reportCount &+= 1
    }

    /// Takes one measurement of the round trip.
    func note(roundTrip sample: Duration) {
        roundTrip = roundTrip.map { ($0 * 7 + sample) / 8 } ?? sample
    }

    /// Tells all streams of the round trip, once for all measurements that came together: there may
    /// be many of both.
    func tellRoundTrip() {
        guard toldRoundTrip != roundTrip else { return }
        toldRoundTrip = roundTrip
        outgoing.update(roundTrip: roundTripOrGuess)
        for case .stream(let stream) in table.sources.values {
            stream.buffer?.update(roundTrip: roundTripOrGuess)
            stream.keyFrames.update(roundTrip: roundTripOrGuess)
        }
    }

    private func note(_ block: ReportBlock, now: Duration) {
        guard let stream = sentStreams[block.ssrc] else {
            sentStreams.values.first { $0.encoding.repairSSRC == block.ssrc }?.peerKnowsRepairs()
            return
        }
        let measured = NTPTime.roundTrip(block, arrival: NTPTime(sinceEpoch: wallClock(now)))
        var remote = stream.remote ?? SentStream.Remote(block: block, arrival: now)
        remote.block = block
        remote.arrival = now
        if let measured {
            remote.roundTrip = measured
            remote.totalRoundTrip += measured
            remote.roundTripCount &+= 1
            if !hasReportedRoundTrip { roundTrip = nil }
            hasReportedRoundTrip = true
            note(roundTrip: measured)
        }
        stream.remote = remote
        stream.peerKnows()
    }

    private func receive(
        _ feedback: Feedback, in compound: Span<UInt8>, _ budget: inout Budget, now: Duration
    ) {
        switch feedback.kind {
        case .nack:
            guard let stream = sentStreams[feedback.media] else { return }
            stream.counters.nackCount &+= 1
            for index in 0..<feedback.nackCount {
                feedback.nack(index, in: compound).forEach { number in
                    guard budget.requests > 0 else { return }
                    budget.requests -= 1
                    resend(number, of: stream, now: now)
                }
            }
        case .pictureLoss:
            guard let stream = sentStreams[feedback.media] else { return }
            stream.counters.pliCount &+= 1
            passOnKeyFrameWish(for: stream, now: now)
        case .fullIntraRequest:
            for index in 0..<feedback.fullIntraRequestCount {
                let item = feedback.fullIntraRequest(index, in: compound)
                guard let stream = sentStreams[item.ssrc], stream.firSequenceNumber != item.sequenceNumber else {
                    continue
                }
                stream.firSequenceNumber = item.sequenceNumber
                stream.counters.firCount &+= 1
                passOnKeyFrameWish(for: stream, now: now)
            }
        case .transportWide:
            guard let arrivals = TransportWideFeedback(feedback, in: compound) else { return }
            outgoing.receive(arrivals, in: compound, budget: &budget.reports, now: now)
            sendDue(now: now)
        case .application:
            guard let limit = ReceiverEstimatedBitrate(feedback, in: compound), takesEstimates else { return }
            outgoing.receive(limit, now: now)
        case .congestionControl:
            guard let arrivals = CongestionControlFeedback(feedback, in: compound) else { return }
            sourceFeedbackReceived &+= 1
            outgoing.receive(arrivals, in: compound, budget: &budget.reports, now: now)
            sendDue(now: now)
        case .other: break
        }
    }

    /// Tells whoever makes the pictures that one is wanted that needs no other.
    private func passOnKeyFrameWish(for stream: SentStream, now: Duration) {
        if stream.keyFrameWish.want(now: now) { delegate?.rtpSession(needsKeyFrameOf: stream) }
    }
}
