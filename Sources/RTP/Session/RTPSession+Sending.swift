// What this end sends, and sends again.
extension RTPSession {
    /// The most that a payload has: the whole datagram stays below 1200 bytes, with its header, the
    /// header extension, RTX's number and the protection.
    static let maximumPayload = 1200 - 12 - 40 - 2 - 24

    /// Cuts a frame into packets and sends them.
    ///
    /// - Parameters:
    ///   - frame: as the codec's encoder gives it.
    ///   - cutter: of the format; its state belongs to the stream.
    ///   - format: one of the section's ``RTPSection/sentFormats``.
    ///   - time: the moment of its first sample, by the application's clock.
    ///   - rotation: how a picture has to be turned, in degrees, where the peer takes that.
    ///   - marker: whether the first packet has the marker bit; nil for the last, as video has it.
    /// - Throws: ``RTPError`` for what is no frame of the codec; nothing is sent then.
    package func send(
        _ frame: [UInt8], cutBy cutter: inout some RTPPayloadFormat, _ format: RTPFormatParameters,
        on stream: SentStream, time: Duration, isKeyFrame: Bool, rotation: Int = 0, marker: Bool? = nil, now: Duration
    ) throws(RTPError) {
        stream.begin(format)
        let timestamp = stream.timestamp(of: time, anchor: &anchor, now: wallClock(now))
        var isFirst = true
        try cutter.cut(frame.span, maximumSize: Self.maximumPayload) { part in
            let isMarked = marker.map { $0 && isFirst } ?? part.isLast
            isFirst = false
            let number = stream.sequenceNumber
            stream.beginPacket(
                format.payloadType, marker: isMarked, number, timestamp &+ part.timestampOffset,
                stream.elements(part.isLast ? stream.orientation(rotation, isKeyFrame: isKeyFrame) : nil))
            finishPacket(of: stream, SharedPayload(part, of: frame), now: now)
        }
        stream.counters.framesSent &+= 1
        if isKeyFrame { stream.keyFrameWish.keyFrameSent() }
    }

    /// Sends a frame of sound as one packet of RED (RFC 2198), with those before it.
    ///
    /// - Parameters:
    ///   - frame: one payload of `format`.
    ///   - writer: of the stream; it remembers the frame.
    ///   - format: what the frame is.
    ///   - red: what carries it, of the same clock.
    ///   - time: the moment of its first sample, by the application's clock.
    package func send(
        _ frame: Span<UInt8>, with writer: inout RedundantAudioWriter, _ format: RTPFormatParameters,
        in red: RTPFormatParameters, on stream: SentStream, time: Duration, now: Duration
    ) throws(RTPError) {
        // As large as that by itself, it leaves no room for others, and stays a packet.
        let allowed = 1...Self.maximumPayload - 1
        guard allowed.contains(frame.count) else {
            throw .outOfRange(field: "the length of a frame in RED", value: frame.count, allowed: allowed)
        }
        stream.begin(format)
        let timestamp = stream.timestamp(of: time, anchor: &anchor, now: wallClock(now))
        stream.beginPacket(red.payloadType, marker: false, stream.sequenceNumber, timestamp)
        let payload = writer.write(frame, timestamp: timestamp, maximumSize: Self.maximumPayload)
        finishPacket(of: stream, SharedPayload(payload), now: now)
        stream.counters.framesSent &+= 1
    }

    /// Sends one payload as it is, under a number and a timestamp of the application's.
    ///
    /// - Parameter descriptor: what says which frames its own needs, where the peer takes that (AV1
    ///   RTP specification, appendix A); up to 255 bytes.
    package func send(
        payload: SharedPayload, _ format: RTPFormatParameters, on stream: SentStream, sequenceNumber: UInt16,
        timestamp: UInt32, marker: Bool, age: Duration = .zero, rotation: Int = 0, descriptor: [UInt8]? = nil,
        now: Duration
    ) {
        stream.begin(format)
        stream.lastTimestamp = (timestamp, wallClock(now) - age)
        let isLast = marker && stream.kind == .video
        stream.beginPacket(
            format.payloadType, marker: marker, sequenceNumber, timestamp,
            stream.elements(
                isLast ? stream.orientation(rotation, isKeyFrame: false) : nil,
                descriptor.flatMap { stream.element(descriptor: $0) }))
        // Of pictures the last packet of a frame has the marker bit.
        if marker, stream.kind == .video { stream.counters.framesSent &+= 1 }
        let next = stream.sequenceNumber
        stream.sequenceNumber = sequenceNumber
        finishPacket(of: stream, payload, now: now)
        // One that comes late does not set the numbers back.
        if Int16(bitPattern: stream.sequenceNumber &- next) < 0 { stream.sequenceNumber = next }
    }

    /// Sends one payload of a format that goes beside the stream's codec, such as a telephone
    /// event.
    package func send(
        payload: [UInt8], beside format: RTPFormatParameters, on stream: SentStream, timestamp: UInt32,
        marker: Bool, now: Duration
    ) {
        stream.beginPacket(format.payloadType, marker: marker, stream.sequenceNumber, timestamp)
        finishPacket(of: stream, SharedPayload(payload), now: now)
    }

    /// Sends a packet whose header is in the stream's buffer, and keeps it if it may be asked for
    /// again.
    private func finishPacket(of stream: SentStream, _ payload: SharedPayload, now: Duration) {
        let isFirst = stream.counters.packetsSent == 0
        if isFirst { stream.firstSequenceNumber = stream.sequenceNumber }
        // It has stopped if nothing was sent for a while.
        if isFirst || !reportTimer.isRunning { reportTimer.hasBegun(now: now) }
        payload.append(to: &stream.buffer)
        let count = stream.buffer.count
        let header = stream.writtenHeader
        let priority: OutgoingPackets.Priority = stream.kind == .audio ? .audio : .video
        send(&stream.buffer, of: stream, priority, now: now)
        stream.counters.note(payload: payload.count, of: count)
        if stream.format?.feedback.contains(.nack) == true {
            stream.budget.sent(count)
            stream.sent.keep(payload, header, now: now)
        }
        stream.sequenceNumber &+= 1
    }

    /// Sends a packet again that the peer misses, in the stream of retransmissions where there is
    /// one.
    func resend(_ number: UInt16, of stream: SentStream, now: Duration) {
        // What was sent again less than a round trip ago is on its way; a measured one is a mean.
        let pause = roundTripOrGuess * 7 / 8
        guard stream.isSending,
            let packet = stream.sent.answer(
                number, now: now, pause: pause,
                where: { count in
                    stream.budget.take(count, now: now, where: { outgoing.mayRepair(count, now: now) })
                })
        else { return }
        guard let type = stream.repairPayloadType(of: packet) else {
            guard let header = try? RTPHeader(parsing: packet.span) else { return }
            stream.noteRepetition(payload: header.payload.count, of: packet.count)
            // As it was, to the byte: what is protected twice under one number has to be the same.
            outgoing.leavesAgain(packet.span)
            delegate?.rtpSession(send: packet.span)
            return
        }
        guard var again = repetition(of: packet, payloadType: type, in: stream) else { return }
        stream.noteRepetition(payload: again.payload, of: again.bytes.count)
        send(&again.bytes, of: stream, .retransmission, now: now)
    }

    /// A packet in the stream of retransmissions, and how many bytes of the media are in it.
    private func repetition(
        of packet: [UInt8], payloadType: UInt8, in stream: SentStream
    ) -> (bytes: [UInt8], payload: Int)? {
        let span = packet.span
        guard let header = try? RTPHeader(parsing: span),
            let again = Retransmission.wrap(
                span, payloadType: payloadType, ssrc: stream.encoding.repairSSRC,
                sequenceNumber: stream.repairSequenceNumber,
                extensions: stream.repairExtensions(of: header, in: span))
        else { return nil }
        stream.repairSequenceNumber &+= 1
        return (again, header.payload.count)
    }

    // MARK: Pace

    /// Hands a packet out, now or when its time has come.
    private func send(
        _ packet: inout [UInt8], of stream: SentStream, _ priority: OutgoingPackets.Priority, now: Duration
    ) {
        guard outgoing.leaves(&packet, priority, stream.naming, now: now) else { return }
        delegate?.rtpSession(send: packet.span)
    }

    /// Hands out what has waited, and what a probe of the path needs beside it.
    func sendDue(now: Duration) {
        let filler = sentStreams.values.first { $0.canFill(now: now) }
        if filler != nil { outgoing.beginProbes() }
        var packet: [UInt8] = []
        while outgoing.next(into: &packet, now: now) { delegate?.rtpSession(send: packet.span) }
        while true {
            let size = outgoing.paddingDue(now: now)
            guard size > 0 else { return }
            guard let filler, var packet = makePadding(size, of: filler, now: now) else {
                return outgoing.endProbes()
            }
            outgoing.count(padding: &packet, filler.naming, now: now)
            delegate?.rtpSession(send: packet.span)
        }
    }

    /// What waits leaves now: what comes next may be of other streams.
    func sendAllThatWaits(now: Duration) {
        var packet: [UInt8] = []
        while outgoing.takeAny(into: &packet, now: now) { delegate?.rtpSession(send: packet.span) }
    }

    /// What fills a probe: a packet of pictures once more, which may yet be of use to the peer, or
    /// one of nothing but padding, in the stream of retransmissions, where that makes no gap. It is
    /// the transport's, and counted with no stream.
    private func makePadding(_ size: Int, of stream: SentStream, now: Duration) -> [UInt8]? {
        if size > OutgoingPackets.largestPadding, let packet = stream.sent.newest(now: now), packet.count > size / 2,
            let type = stream.repairPayloadType(of: packet)
        {
            return repetition(of: packet, payloadType: type, in: stream)?.bytes
        }
        return stream.padding()
    }
}

extension SentStream {
    /// Takes what was agreed on now.
    ///
    /// - Parameter feedback: how the peer tells of arrivals.
    func agree(_ section: RTPSection, _ feedback: ArrivalFeedback?) {
        let before = (repairTypes.isEmpty, extensions.transportSequenceNumber)
        repairTypes = section.sentFormats.filter { $0.repairPayloadType != nil }
        extensions = section.sentExtensions
        let agreed = feedback.flatMap { $0.isAgreed(by: section) ? $0 : nil }
        if agreed != .transportWide { extensions.transportSequenceNumber = 0 }
        naming =
            switch agreed {
            case .transportWide: .number(id: extensions.transportSequenceNumber)
            case .bySource: .source
            case nil: nil
            }
        // What was kept has other numbers, or waited without one: it is not as it was sent.
        if before != (repairTypes.isEmpty, extensions.transportSequenceNumber) { sent = SentPackets(ssrc: ssrc) }
        writeExtensions()
        hasSaidGoodbye = false
    }

    /// Counts a packet that is sent again.
    ///
    /// - Parameters:
    ///   - payload: the bytes of the media in it.
    ///   - count: all of its bytes.
    func noteRepetition(payload: Int, of count: Int) {
        counters.retransmittedPacketsSent &+= 1
        counters.retransmittedBytesSent &+= UInt64(payload)
        counters.retransmittedHeaderBytesSent &+= UInt64(count - payload)
    }

    /// The peer has spoken of the source: it needs no section's name any more.
    func peerKnows() {
        guard !isKnownToPeer else { return }
        isKnownToPeer = true
        writeExtensions()
    }

    /// The same of the source of what is sent again, which the peer meets later.
    func peerKnowsRepairs() {
        guard !areRepairsKnownToPeer else { return }
        areRepairsKnownToPeer = true
        writeExtensions()
    }

    /// A packet that has nothing in it, in the stream of retransmissions (RFC 3550 §5.1).
    func padding() -> [UInt8]? {
        guard let type = repairTypes.first?.repairPayloadType else { return nil }
        var bytes: [UInt8] = [repairExtensions.isEmpty ? 0xA0 : 0xB0, type & 0x7F]
        bytes.append(big: repairSequenceNumber)
        bytes.append(big: newestTimestamp?.timestamp ?? lastTimestamp?.timestamp ?? clock.offset)
        bytes.append(big: encoding.repairSSRC)
        bytes += repairExtensions
        bytes += repeatElement(0, count: OutgoingPackets.largestPadding - 1)
        bytes.append(UInt8(OutgoingPackets.largestPadding))
        repairSequenceNumber &+= 1
        return bytes
    }

    /// Whether something can be sent in its stream of retransmissions that nobody has asked for.
    func canFill(now: Duration) -> Bool {
        isSending && naming != nil && hasRepairStream && sent.hasNewest(now: now)
    }

    /// Whether its packets have a number for the peer's feedback.
    var isNumbered: Bool { extensions.transportSequenceNumber != 0 }

    private func writeExtensions() {
        (elements, repairElements) = ([], [])
        defer {
            extensionBlock = RTPExtensionElement.block(of: elements)
            repairExtensions = RTPExtensionElement.block(of: repairElements)
        }
        // First, so that it is found when the number is known.
        let number = RTPExtensionElement(id: extensions.transportSequenceNumber, value: [0, 0])
        let always = isNumbered ? [number] : []
        (elements, repairElements) = (always, always)
        if extensions.mid != 0, (1...255).contains(midBytes.count) {
            let element = RTPExtensionElement(id: extensions.mid, value: midBytes)
            elements.append(element)
            repairElements.append(element)
        }
        if !ridBytes.isEmpty {
            if extensions.streamID != 0 { elements.append(.init(id: extensions.streamID, value: ridBytes)) }
            if extensions.repairedStreamID != 0 {
                repairElements.append(.init(id: extensions.repairedStreamID, value: ridBytes))
            }
        }
        if isKnownToPeer { elements = always }
        if areRepairsKnownToPeer { repairElements = always }
    }

    /// What the last packet of a picture says of its orientation: of pictures that are turned, of
    /// the first that is not, and, once one was, of key frames (3GPP TS 26.114 §7.4.5).
    func orientation(_ rotation: Int, isKeyFrame: Bool) -> RTPExtensionElement? {
        guard extensions.videoOrientation != 0 else { return nil }
        defer { (lastRotation, hasTurned) = (rotation, hasTurned || rotation != 0) }
        guard rotation != 0 || lastRotation != 0 || isKeyFrame && hasTurned else { return nil }
        return RTPExtensionElement(id: extensions.videoOrientation, VideoOrientation(rotation: rotation))
    }

    /// What tells of a frame's place among others, if the peer takes that.
    func element(descriptor: [UInt8]) -> RTPExtensionElement? {
        guard extensions.dependencyDescriptor != 0, (1...255).contains(descriptor.count) else { return nil }
        return RTPExtensionElement(id: extensions.dependencyDescriptor, value: descriptor)
    }

    /// Those that there are.
    func elements(_ first: RTPExtensionElement?, _ second: RTPExtensionElement? = nil) -> [RTPExtensionElement] {
        guard let first else { return second.map { [$0] } ?? [] }
        return second.map { [first, $0] } ?? [first]
    }

    /// The header extension of a packet that is sent again: it says of the picture what the packet
    /// did.
    func repairExtensions(of header: RTPHeader, in packet: Span<UInt8>) -> [UInt8] {
        let (orientation, descriptor) = (extensions.videoOrientation, extensions.dependencyDescriptor)
        let own = elements(
            header.marker && hasTurned ? header.element(orientation, in: packet) : nil,
            descriptor == 0 ? nil : header.element(descriptor, in: packet))
        return own.isEmpty ? repairExtensions : RTPExtensionElement.block(of: repairElements + own)
    }

    func begin(_ next: RTPFormatParameters) {
        guard format != next else { return }
        if clock.clockRate != next.clockRate {
            clock = SenderClock(clockRate: next.clockRate, offset: lastTimestamp?.timestamp ?? clock.offset)
        }
        format = next
    }

    /// The payload type of the retransmission of a packet, if it was agreed on.
    func repairPayloadType(of packet: [UInt8]) -> UInt8? {
        guard packet.count > 1 else { return nil }
        let type = packet[1] & 0x7F
        return repairTypes.first { $0.payloadType == type }?.repairPayloadType
    }

    /// Writes the header of a packet into the buffer.
    ///
    /// - Parameter own: what its header extension has beside what that of all packets has.
    func beginPacket(
        _ payloadType: UInt8, marker: Bool, _ number: UInt16, _ timestamp: UInt32, _ own: [RTPExtensionElement] = []
    ) {
        writtenHeader = SentPackets.Header(
            typeAndMarker: (marker ? 0x80 : 0) | payloadType & 0x7F, sequenceNumber: number, timestamp: timestamp,
            extensions: own.isEmpty ? extensionBlock : RTPExtensionElement.block(of: elements + own))
        buffer.removeAll(keepingCapacity: true)
        writtenHeader.append(of: ssrc, to: &buffer)
    }

    /// The timestamp of a time of the application's. All that is sent has one anchor, as long as
    /// the application's times are of one clock: receivers play it in step by that.
    func timestamp(of time: Duration, anchor: inout SenderClock.Anchor?, now: Duration) -> UInt32 {
        if clock.anchor == nil { clock.anchor = anchor }
        clock.note(mediaTime: time, octets: 0, now: now)
        if anchor == nil { anchor = clock.anchor }
        let timestamp = clock.timestamp(of: time)
        lastTimestamp = nil
        newestTimestamp = (timestamp, now)
        return timestamp
    }

    /// What a report says of it now; nil before anything was sent.
    func report(now: Duration) -> SenderReport? {
        guard
            var report = clock.report(of: ssrc, now: now)
                ?? lastTimestamp.map({ last in
                    SenderReport(
                        ssrc: ssrc, ntpTime: NTPTime(sinceEpoch: now).rawValue, rtpTimestamp: last.timestamp,
                        packetCount: 0,
                        octetCount: 0)
                })
        else { return nil }
        if let last = lastTimestamp {
            report.rtpTimestamp = last.timestamp &+ UInt32(truncatingIfNeeded: elapsed(now - last.moment))
        }
        // What was sent again in a stream of its own is that stream's.
        let isOwn = !hasRepairStream
        let packets = counters.packetsSent &+ (isOwn ? counters.retransmittedPacketsSent : 0)
        let bytes = counters.bytesSent &+ (isOwn ? counters.retransmittedBytesSent : 0)
        report.packetCount = UInt32(truncatingIfNeeded: packets)
        report.octetCount = UInt32(truncatingIfNeeded: bytes)
        return report
    }

    /// Periods of the clock.
    func elapsed(_ time: Duration) -> Int64 { Int64(time / .seconds(1) * Double(clock.clockRate)) }

    /// About the timestamp of a moment of the wall clock.
    func timestamp(at now: Duration) -> UInt32 {
        guard let last = lastTimestamp ?? newestTimestamp else { return clock.offset }
        return last.timestamp &+ UInt32(truncatingIfNeeded: elapsed(now - last.moment))
    }
}

extension RTPHeader {
    fileprivate func element(_ id: UInt8, in packet: Span<UInt8>) -> RTPExtensionElement? {
        rangeOfExtension(id, in: packet).map { RTPExtensionElement(id: id, value: packet.bytes($0)) }
    }
}
