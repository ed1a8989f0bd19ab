// What comes from the peer, and what is missing of it.
extension RTPSession {
    /// Takes a packet of RTP that was proven. ``arrivalsEnded(now:)`` follows, once for all that
    /// came together.
    ///
    /// - Parameters:
    ///   - ecn: the two ECN bits of its IP header (RFC 3168 §5); 0 where they are not known.
    ///   - now: when it arrived.
    package func receive(rtp packet: Span<UInt8>, ecn: UInt8 = 0, now: Duration) {
        guard let header = try? RTPHeader(parsing: packet) else { return }
        if table.ids.transportSequenceNumber != 0,
            let number = header.value(
                of: TransportSequenceNumber.self, id: table.ids.transportSequenceNumber, in: packet)
        {
            // Whoever still numbers what it sends counts by these numbers.
            arrivals.note(number.number, of: header.ssrc, now: now)
        } else if tellsBySource {
            sourceArrivals.note(header.sequenceNumber, of: header.ssrc, ecn: ecn, now: now)
        }
        do throws(StreamTable.Refusal) {
            let (source, isNew) = try table.route(header, packet, now: now)
            endThoseThatWent(now: now)
            switch source {
            case .stream(let stream):
                if isNew { begin(stream, now: now) }
                if ecn != 0 { stream.counters.note(ecn: ecn) }
                receive(packet, header, on: stream, wireCount: packet.count, now: now)
            case .repair(let repair): receive(packet, header, repairedBy: repair, now: now)
            }
        } catch {
            endThoseThatWent(now: now)
            // What comes while a direction changes is on its way for good reasons.
            switch error {
            case .unknownSection, .unknownPayloadType: strays &+= 1
            case .notReceiving, .tooManyNew: break
            }
        }
    }

    /// Streams that a packet has put out of the table: their number is another section's now, or
    /// they made room.
    private func endThoseThatWent(now: Duration) {
        while let stream = table.takeGone() { end(stream, now: now) }
    }

    private func begin(_ stream: ReceivedStream, now: Duration) {
        reportTimer.hasBegun(now: now)
        delegate?.rtpSession(didBegin: stream)
    }

    private func receive(
        _ packet: Span<UInt8>, _ header: RTPHeader, repairedBy repair: StreamTable.RepairSource, now: Duration
    ) {
        guard let format = sections[repair.mid]?.receivedFormats[header.payloadType], let original = format.repairs,
            header.payload.count >= 2
        else { return }
        let place = header.payload.lowerBound
        let number = UInt16(packet[place]) << 8 | UInt16(packet[place + 1])
        guard let stream = table.stream(repairedBy: repair, number: number) else { return }
        if repair.repairs == nil, stream.repairSSRC == nil || stream.repairSSRC == repair.ssrc {
            stream.repairSSRC = repair.ssrc
        }
        guard let unwrapped = Retransmission.unwrap(packet, payloadType: original, ssrc: stream.ssrc) else { return }
        let span = unwrapped.span
        guard let inner = try? RTPHeader(parsing: span) else { return }
        receive(span, inner, on: stream, wireCount: packet.count, isRepaired: true, now: now)
    }

    /// - Parameter wireCount: the bytes of the packet as it came, which may have been another one.
    private func receive(
        _ packet: Span<UInt8>, _ header: RTPHeader, on stream: ReceivedStream, wireCount: Int,
        isRepaired: Bool = false, now: Duration
    ) {
        var carried = (format: stream.format, isRedundant: false)
        if header.payloadType != stream.format.payloadType {
            guard let other = sections[stream.mid]?.format(carriedBy: header, packet) else {
                strays &+= 1
                return
            }
            carried = other
            // Beside the codec of the stream: telephone events and comfort noise have its numbers.
            if !carried.format.isAuxiliary { change(stream, to: carried.format, now: now) }
        }
        let arrival = stream.missing.note(header.sequenceNumber, isRepaired: isRepaired, now: now)
        if arrival == .recovered, isRepaired { noteAnswer(to: stream) }
        stream.counters.lastPacket = now
        stream.keyFrames.packetArrived(now: now)
        // It has come the other way before, or is of no more use.
        guard arrival != .late else { return }
        stream.counters.note(payload: header.payload.count, of: wireCount, isRepaired: isRepaired)
        if !isRepaired || arrival == .recovered {
            stream.statistics.note(
                sequenceNumber: header.sequenceNumber, timestamp: header.timestamp, arrival: now)
        }
        if stream.hasEnded {
            stream.hasEnded = false
            begin(stream, now: now)
        }
        stream.sources.note(header, packet, table.ids, isAudio: stream.kind == .audio, now: now)
        if stream.isAssembled, !stream.hasBuffer { assemble(stream, now: now) }
        if !stream.hasBuffer, stream.keyFrames.isWanted { lookForKeyFrame(packet, header, carried.format, of: stream) }
        // What goes beside the codec only fills the sequence.
        let isBeside = carried.format.payloadType != stream.format.payloadType
        let payload = isBeside ? packet.extracting(0..<0) : packet.extracting(header.payload)
        if carried.isRedundant, !isBeside {
            try? stream.buffer?.insertRedundant(header, payload: payload, now: now)
        } else {
            // It is in the last packet of a picture, if it is in any.
            let orientation =
                header.marker && stream.kind == .video && table.ids.videoOrientation != 0
                ? header.value(of: VideoOrientation.self, id: table.ids.videoOrientation, in: packet) : nil
            stream.buffer?.insert(header, payload: payload, rotation: orientation?.rotation, now: now)
        }
        if !stream.isTouched {
            stream.isTouched = true
            touched.append(stream)
        }
        delegate?.rtpSession(didReceive: packet, header, on: stream)
    }

    /// What has come in the former format goes up as such.
    private func change(_ stream: ReceivedStream, to format: RTPFormatParameters, now: Duration) {
        if stream.hasBuffer {
            stream.buffer?.flush()
            deliver(stream, now: now)
        }
        stream.change(to: format)
    }

    /// Where nobody puts frames together, a packet's own first bytes tell that one has come.
    private func lookForKeyFrame(
        _ packet: Span<UInt8>, _ header: RTPHeader, _ format: RTPFormatParameters, of stream: ReceivedStream
    ) {
        guard format.makeFormat()?.beginsKeyFrame(packet.extracting(header.payload)) == true else { return }
        stream.keyFrames.keyFrameArrived()
    }

    /// Whoever only receives has no report to measure the round trip by; the answers to what it
    /// asks for tell it.
    private func noteAnswer(to stream: ReceivedStream) {
        guard !hasReportedRoundTrip, let sample = stream.missing.answerTime else { return }
        note(roundTrip: sample)
    }

    /// All that came together was taken: frames that are whole go up, and what is missing is asked
    /// for.
    package func arrivalsEnded(now: Duration) {
        tellRoundTrip()
        guard !touched.isEmpty || arrivals.isFull || sourceArrivals.isFull else { return }
        let streams = touched
        touched.removeAll(keepingCapacity: true)
        for stream in streams {
            stream.isTouched = false
            if stream.hasBuffer { deliver(stream, now: now) }
        }
        // Most streams hold little: all are only asked where one does not.
        if streams.contains(where: { $0.heldBytes > Self.maximumHeld / StreamTable.maximumSources }) { makeRoom() }
        sendFeedback(now: now)
    }

    /// All buffers together are bounded, too: whoever was silent for longest begins anew.
    private func makeRoom() {
        var total = 0
        for case .stream(let stream) in table.sources.values { total += stream.heldBytes }
        while total > Self.maximumHeld {
            var oldest: ReceivedStream?
            for case .stream(let stream) in table.sources.values
            where stream.heldBytes > 0 && oldest.map({ stream.isOlder(than: $0) }) ?? true { oldest = stream }
            guard let oldest else { return }
            total -= oldest.heldBytes
            oldest.setBuffer(nil)
        }
    }

    /// Hands over what a stream's buffer has ready.
    func deliver(_ stream: ReceivedStream, now: Duration) {
        while let output = stream.buffer?.next(now: now) {
            if case .frame(let frame) = output {
                stream.counters.framesReceived &+= 1
                let count = stream.kind == .audio ? stream.format.sampleCount(of: frame.bytes.span) : 1
                stream.counters.emitted &+= UInt64(count)
                stream.counters.bufferDelay += max(.zero, now - frame.firstArrival) / .seconds(1) * Double(count)
                if frame.isKeyFrame { stream.keyFrames.keyFrameArrived() }
            }
            delegate?.rtpSession(didAssemble: output, on: stream)
        }
        if stream.buffer?.needsKeyFrame == true { stream.keyFrames.want(now: now) }
        stream.noteHeldBytes()
    }

    /// Where the peer sends again what is missing, a picture is waited for through some attempts,
    /// each of which may be lost, too: that costs less than a picture that needs no other.
    /// Elsewhere only for what comes out of order.
    private func settings(of stream: ReceivedStream) -> JitterBuffer.Settings {
        guard stream.kind == .video else { return .init(kind: .audio, clockRate: stream.format.clockRate) }
        return .init(
            kind: .video, clockRate: stream.format.clockRate,
            delay: stream.wantsRetransmissions
                ? .milliseconds(300) ... .seconds(1) : .milliseconds(50) ... .milliseconds(100))
    }

    /// A source that begins anew has a buffer beside the one of the source before. More of them,
    /// and a peer that goes from source to source would fill the memory with what they hold:
    /// whoever was silent for longest begins anew, too.
    private func dropOldBuffers(beside stream: ReceivedStream) {
        var (count, oldest) = (0, ReceivedStream?.none)
        for case .stream(let other) in table.sources.values
        where other !== stream && other.mid == stream.mid && other.rid == stream.rid && other.hasBuffer {
            count += 1
            if oldest.map({ other.isOlder(than: $0) }) ?? true { oldest = other }
        }
        if count >= Self.buffersAtOnce { oldest?.setBuffer(nil) }
    }

    /// Puts a stream's packets together to frames from here on.
    package func assemble(_ stream: ReceivedStream, now: Duration) {
        // A stream may begin with what goes beside its codec: the buffer comes with the codec then.
        stream.isAssembled = true
        guard !stream.hasBuffer, let format = stream.format.makeFormat() else { return }
        dropOldBuffers(beside: stream)
        stream.setBuffer(JitterBuffer(format: format, settings: settings(of: stream)))
        stream.buffer?.update(roundTrip: roundTripOrGuess)
        stream.keyFrames.update(roundTrip: roundTripOrGuess)
        if stream.kind == .video { stream.keyFrames.want(now: now) }
    }

    /// Nobody wants the frames of a section any more, nor pictures to begin with.
    package func stopAssembling(_ mid: String) {
        for case .stream(let stream) in table.sources.values where stream.mid == mid {
            stream.isAssembled = false
            stream.setBuffer(nil)
            stream.keyFrames.keyFrameArrived()
        }
    }

    /// Asks for a picture that needs no other.
    package func requestKeyFrame(of stream: ReceivedStream, now: Duration) {
        stream.keyFrames.want(now: now)
        sendFeedback(now: now)
    }
}
