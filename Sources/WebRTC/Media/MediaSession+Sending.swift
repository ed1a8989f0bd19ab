internal import AsyncQueues
internal import DequeModule
internal import JSEP
internal import Logging
internal import NetworkLoop
internal import RTP
internal import SRTP

extension MediaSession {
    /// Sends what waits of a section.
    func send(_ lane: Lane) {
        if lane.outbox.takeWish() { lane.transceiver.sender.track?.replay(to: lane.outbox, now: loop.now) }
        guard let rtp, contexts != nil else { return lane.outbox.dropAll() }
        let (items, next) = lane.outbox.take(now: loop.now)
        lane.sending.nextTurn = next
        guard !items.isEmpty else { return }
        let streams = rtp.sentStreams(of: lane.plan.mid)
        let now = loop.now
        for item in items {
            switch item {
            case .frame(let frame):
                for stream in streams where stream.carries(frame.streamID, among: streams) {
                    guard lane.transceiver.core.isActive(stream.encoding.rid) else { continue }
                    send(frame, on: stream, of: lane, rtp, now: now)
                }
            case .packet(let packet, let codec):
                if let stream = streams.first, lane.transceiver.core.isActive(stream.encoding.rid) {
                    send(ForwardedPacket(packet, codec: codec), on: stream, of: lane, rtp, now: now)
                }
            case .forwarded(let packet):
                guard let stream = streams.first else { continue }
                if lane.transceiver.core.isActive(stream.encoding.rid) {
                    send(packet, on: stream, of: lane, rtp, now: now)
                } else {
                    lane.sending.offsets[stream.ssrc]?.renumber()
                }
            case .renumber:
                if let stream = streams.first { lane.sending.offsets[stream.ssrc]?.renumber() }
            }
        }
        schedule()
    }

    private func send(_ frame: MediaFrame, on stream: SentStream, of lane: Lane, _ rtp: RTPSession, now: Duration) {
        guard var cutter = cutter(frame.codec, of: stream, lane, rtp) else { return }
        defer { lane.sending.cutters[stream.ssrc] = cutter }
        do throws(RTPError) {
            if var redundancy = cutter.redundancy {
                defer { cutter.redundancy = redundancy }
                return try rtp.send(
                    frame.data.span, with: &redundancy.writer, cutter.format, in: redundancy.red, on: stream,
                    time: frame.timestamp, now: now)
            }
            try rtp.send(
                frame.data, cutBy: &cutter.cut, cutter.format, on: stream, time: frame.timestamp,
                isKeyFrame: frame.isKeyFrame, rotation: frame.rotation, marker: stream.kind == .audio ? false : nil,
                now: now)
        } catch {
            lane.sending.malformed &+= 1
            publishFactsIfDue()
            logger?.debug("a frame is not sent", metadata: ["error": "\(error)", "codec": "\(frame.codec)"])
        }
    }

    private func send(
        _ packet: ForwardedPacket, on stream: SentStream, of lane: Lane, _ rtp: RTPSession, now: Duration
    ) {
        guard let format = format(ofPackets: packet.codec, on: stream, of: lane, rtp) else { return }
        var offsets = lane.sending.offsets[stream.ssrc] ?? PacketOffsets()
        let place = offsets.place(
            PacketOffsets.Place(packet.source, packet.sequenceNumber, packet.timestamp), on: stream, of: rtp,
            clockRate: format.clockRate, now: now)
        lane.sending.offsets[stream.ssrc] = offsets
        guard let place else { return }
        rtp.send(
            payload: SharedPayload(prefix: packet.prefix, of: packet.bytes, packet.payload), format, on: stream,
            sequenceNumber: place.sequenceNumber, timestamp: place.timestamp, marker: packet.marker, age: packet.age,
            rotation: packet.rotation, descriptor: packet.descriptor, now: now)
    }

    /// The format of packets that come from elsewhere, which are not repeated in others.
    private func format(
        ofPackets codec: String, on stream: SentStream, of lane: Lane, _ rtp: RTPSession
    ) -> RTPFormatParameters? {
        guard var cutter = cutter(codec, of: stream, lane, rtp) else { return nil }
        if cutter.redundancy != nil || lane.sending.cutters[stream.ssrc]?.format != cutter.format {
            cutter.redundancy?.writer.forget()
            lane.sending.cutters[stream.ssrc] = cutter
        }
        return cutter.format
    }

    /// Sends the tones that are due, beside the sound: with its clock and in its numbers.
    func sendTones(_ lane: Lane) {
        guard let dtmf = lane.transceiver.sender.dtmf, let rtp, contexts != nil, dtmf.nextDeadline != nil else {
            return
        }
        let (formats, now) = (rtp.sections[lane.plan.mid]?.sentFormats ?? [], loop.now)
        let stream = rtp.sentStreams(of: lane.plan.mid).first { $0.isSending }
        let rate = stream?.format?.clockRate ?? formats.first { !$0.isAuxiliary }?.clockRate
        let format = rate.flatMap { formats.telephoneEvents(clockRate: $0) }
        guard let stream, let format else {
            _ = dtmf.due(clockRate: nil, now: now)
            return
        }
        for packet in dtmf.due(clockRate: format.clockRate, now: now) {
            // Numbers in between are not those of sound: it repeats nothing over them.
            lane.sending.cutters[stream.ssrc]?.redundancy?.writer.forget()
            // Timestamps are of the stream's clock, durations of the events' own.
            let offset = UInt64(packet.timestampOffset) * UInt64(rate ?? 0) / UInt64(max(1, format.clockRate))
            rtp.send(
                payload: packet.event.bytes, beside: format, on: stream,
                timestamp: rtp.timestamp(of: stream, now: packet.start) &+ UInt32(truncatingIfNeeded: offset),
                marker: packet.marker, now: now)
        }
    }

    /// What cuts frames of a codec for a stream; nil if the peer has none of it.
    private func cutter(
        _ codec: String, of stream: SentStream, _ lane: Lane, _ rtp: RTPSession
    ) -> LaneSending.Cutter? {
        let formats = rtp.sections[stream.mid]?.sentFormats ?? []
        let preferred = formats.first { !$0.isAuxiliary }
        if let known = lane.sending.cutters[stream.ssrc], known.codec == codec, formats.contains(known.format),
            known.preferred == preferred
        {
            return known
        }
        let name = codec.lowercased().drop { $0 != "/" }.dropFirst()
        let named = formats.filter { $0.name == name }
        // Of H.264 that which may be cut: units are as long as an encoder likes.
        let best = named.first { $0.packetizationMode == .nonInterleaved } ?? named.first
        guard let format = best, let cut = format.makeFormat() else {
            lane.sending.withoutCodec &+= 1
            if lane.sending.missingCodec != codec {
                lane.sending.missingCodec = codec
                logger?.warning(
                    "the peer does not have this codec; frames of it are not sent",
                    metadata: ["codec": "\(codec)", "agreed": "\(formats.map(\.name))", "mid": "\(stream.mid)"])
            }
            publishFactsIfDue()
            return nil
        }
        var cutter = LaneSending.Cutter(codec: codec, format: format, cut: cut, preferred: preferred)
        if let preferred, let count = preferred.repetitions(of: format) {
            cutter.redundancy = (preferred, RedundantAudioWriter(payloadType: format.payloadType, distance: count))
        }
        return cutter
    }
}

extension SentStream {
    /// Whether a frame goes here: of several streams the one with its name, and the first for one
    /// without.
    fileprivate func carries(_ rid: String?, among streams: [SentStream]) -> Bool {
        guard let rid, streams.contains(where: { $0.encoding.rid == rid }) else { return self === streams.first }
        return encoding.rid == rid
    }
}

extension MediaSession: RTPSessionDelegate {
    func rtpSession(send packet: Span<UInt8>) {
        guard let context = contexts?.sending else { return }
        let isSent = transport.send(packet.count + context.packetOverhead, isMarked: isMarking) { bytes in
            do throws(SRTPError) {
                try context.protect(rtp: packet, appendingTo: &bytes)
                return true
            } catch {
                return false
            }
        }
        if !isSent { logger?.debug("a packet of RTP was not protected") }
    }

    func rtpSession(sendControl compound: Span<UInt8>) {
        guard let context = contexts?.sending else { return }
        _ = transport.send(compound.count + context.controlOverhead) { bytes in
            do throws(SRTPError) {
                try context.protect(rtcp: compound, appendingTo: &bytes)
                return true
            } catch {
                return false
            }
        }
    }

    func rtpSession(needsKeyFrameOf stream: SentStream) {
        guard let lane = lanes[stream.mid], let track = lane.transceiver.sender.track,
            lane.transceiver.core.isActive(stream.encoding.rid)
        else { return }
        track.requestFromEncoder(stream.encoding.rid)
        track.replay(to: lane.outbox, now: loop.now)
    }
}
