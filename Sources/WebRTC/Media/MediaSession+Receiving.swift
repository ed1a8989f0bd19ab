internal import AsyncQueues
internal import JSEP
internal import NetworkLoop
internal import RTP

extension MediaSession {
    /// Takes what readers want now.
    func lookAtWishes() {
        guard let rtp else { return }
        for lane in lanes.values {
            let wishes = lane.inbox.wishes
            guard wishes != lane.wishes else { continue }
            let wantsKeyFrame = wishes.keyFrames != lane.wishes.keyFrames
            lane.wishes = wishes
            if !wishes.frames { rtp.stopAssembling(lane.plan.mid) }
            for stream in rtp.receivedStreams where stream.mid == lane.plan.mid && !stream.hasEnded {
                prepare(stream, for: lane)
                if wantsKeyFrame, stream.kind == .video { rtp.requestKeyFrame(of: stream, now: loop.now) }
            }
            schedule()
            publishFacts()
            if !transport.batch.isEmpty { port.wake() }
        }
    }

    /// Sees to it that frames are put together where somebody wants them.
    private func prepare(_ stream: ReceivedStream, for lane: Lane) {
        guard lane.wishes.frames, !stream.hasBuffer else { return }
        rtp?.assemble(stream, now: loop.now)
    }

    func rtpSession(didBegin stream: ReceivedStream) {
        guard let lane = lanes[stream.mid] else { return }
        lane.transceiver.receiver.track.setMuted(false)
        stream.canonicalName = stream.canonicalName ?? lane.plan.remote.cnames[stream.ssrc]
        prepare(stream, for: lane)
        publishFactsIfDue()
    }

    /// A track that an offer has muted hears of its packets again, if the offer was taken back.
    func unmuteAgain() {
        for lane in lanes.values where lane.plan.direction.receives && lane.transceiver.receiver.track.isMuted {
            rtp?.announceAgain(lane.plan.mid)
        }
    }

    func rtpSession(didReceive packet: Span<UInt8>, _ header: RTPHeader, on stream: ReceivedStream) {
        guard let lane = lanes[stream.mid] else { return }
        guard lane.wishes.packets || lane.wishes.forwarding else { return }
        if lane.arrivals.isEmpty { arrived.append(lane) }
        if lane.wishes.packets, let owned = try? RTPPacket(parsing: packet) { lane.arrivals.packets.append(owned) }
        if lane.wishes.forwarding, let received = forwarded(packet, header, of: stream) {
            lane.arrivals.forwarding.append(received)
        }
    }

    /// Gives readers what has come in this turn.
    func handOutArrivals() {
        for lane in arrived {
            lane.inbox.packets.send(contentsOf: lane.arrivals.packets)
            lane.inbox.forwarding.send(contentsOf: lane.arrivals.forwarding)
            lane.arrivals = Arrivals()
        }
        arrived.removeAll(keepingCapacity: true)
    }

    private func forwarded(
        _ packet: Span<UInt8>, _ header: RTPHeader, of stream: ReceivedStream
    ) -> ReceivedPacket? {
        guard let section = rtp?.sections[stream.mid] else { return nil }
        let ids = section.receivedExtensions
        var bytes: [UInt8] = []
        bytes.append(copying: packet)
        let isOfCodec = header.payloadType == stream.format.payloadType
        var received = ReceivedPacket(
            bytes: bytes, codec: isOfCodec ? stream.codec : nil,
            clockRate: stream.format.clockRate, streamID: name(of: stream),
            descriptorID: ids.dependencyDescriptor == 0 ? nil : ids.dependencyDescriptor)
        if !isOfCodec {
            let isRedundant = section.receivedFormats[header.payloadType]?.isRedundant == true
            let own = isRedundant ? RedundantAudio.withoutRepetitions(packet, header) : nil
            if let own, own[1] & 0x7F == stream.format.payloadType {
                // What it repeats was sent on before.
                (received.bytes, received.codec) = (own, stream.codec)
            } else {
                // Nothing of it is sent on but its number.
                received.bytes.removeSubrange(header.payload.lowerBound...)
                received.bytes[0] &= 0xDF
            }
        }
        if let time = stream.clock.wallTime(of: header.timestamp) {
            received.lateness = senderOffsets.lateness(time, of: stream.canonicalName ?? stream.mid, now: loop.now)
        }
        if stream.kind == .audio {
            received.audioLevel = header.value(of: AudioLevel.self, id: ids.audioLevel, in: packet)
        } else if header.marker, ids.videoOrientation != 0 {
            received.rotation = header.value(of: VideoOrientation.self, id: ids.videoOrientation, in: packet)?.rotation
        }
        return received
    }

    func rtpSession(didAssemble output: JitterBuffer.Output, on stream: ReceivedStream) {
        guard let lane = lanes[stream.mid] else { return }
        var timeline = lane.timelines[stream.ssrc] ?? StreamTimeline(after: lane.timelines.values, now: loop.now)
        let frame = timeline.frame(of: output, on: stream, streamID: name(of: stream))
        lane.timelines[stream.ssrc] = timeline
        lane.forgetOldTimelines()
        guard let frame else { return }
        let lost = lane.inbox.frames.send(frame)
        // Pictures after one that was not read cannot be decoded.
        if lost > 0, stream.kind == .video { rtp?.requestKeyFrame(of: stream, now: loop.now) }
    }

    /// The name of a stream among those of its track; nil if it is the only one.
    private func name(of stream: ReceivedStream) -> String? {
        if let rid = stream.rid { return rid }
        return rtp?.sections[stream.mid]?.announcedSources.count ?? 0 > 1 ? String(stream.ssrc) : nil
    }

    func rtpSession(didEnd stream: ReceivedStream) {
        guard let lane = lanes[stream.mid] else { return }
        if rtp?.isReceiving(stream.mid) != true { lane.transceiver.receiver.track.setMuted(true) }
    }
}
