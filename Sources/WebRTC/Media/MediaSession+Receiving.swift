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
        guard lane.wishes.frames, stream.buffer == nil else { return }
        rtp?.assemble(stream, now: loop.now)
    }

    func rtpSession(didBegin stream: ReceivedStream) {
        guard let lane = lanes[stream.mid] else { return }
        lane.transceiver.receiver.track.setMuted(false)
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
        guard let lane = lanes[stream.mid], lane.wishes.packets else { return }
        guard let owned = try? RTPPacket(parsing: packet) else { return }
        lane.inbox.packets.send(owned)
    }

    func rtpSession(didAssemble output: JitterBuffer.Output, on stream: ReceivedStream) {
        guard let lane = lanes[stream.mid] else { return }
        var timeline = lane.timelines[stream.ssrc] ?? StreamTimeline(after: lane.timelines.values, now: loop.now)
        let frame = timeline.frame(of: output, on: stream)
        lane.timelines[stream.ssrc] = timeline
        guard let frame else { return }
        let lost = lane.inbox.frames.send(frame)
        // Pictures after one that was not read cannot be decoded.
        if lost > 0, stream.kind == .video { rtp?.requestKeyFrame(of: stream, now: loop.now) }
    }

    func rtpSession(didEnd stream: ReceivedStream) {
        guard let lane = lanes[stream.mid] else { return }
        let others = rtp?.receivedStreams.contains { $0.mid == stream.mid && !$0.hasEnded } ?? false
        if !others { lane.transceiver.receiver.track.setMuted(true) }
    }
}

/// Where the frames of a stream are on their track's time.
struct StreamTimeline {
    /// The timestamp of the stream's first frame, and where that is on the track's time.
    private var first: (timestamp: Int64, time: Duration)?
    private let start: Duration
    private let began: Duration
    private(set) var last: (time: Duration, moment: Duration)

    /// A stream goes on where the ones before it have ended, by the time that has passed since.
    init(after others: some Collection<StreamTimeline>, now: Duration) {
        began = now
        let latest = others.map(\.last).max { $0.moment < $1.moment }
        start = latest.map { $0.time + (now - $0.moment) } ?? .zero
        last = (start, now)
    }

    mutating func frame(of output: JitterBuffer.Output, on stream: ReceivedStream) -> MediaFrame? {
        let rate = Double(stream.format.clockRate)
        func time(_ timestamp: Int64) -> Duration {
            let base = first ?? (timestamp, start)
            first = base
            return base.time + .seconds(Double(timestamp - base.timestamp) / rate)
        }
        let codec = (stream.kind == .audio ? "audio/" : "video/") + stream.format.displayName
        switch output {
        case .frame(let received):
            var frame = MediaFrame(
                codec: codec, data: received.bytes, timestamp: time(received.timestamp), isKeyFrame: received.isKeyFrame
            )
            frame.rtpTimestamp = received.rtpTimestamp
            frame.captureTime = stream.clock.wallTime(of: received.rtpTimestamp)
            frame.lostPackets = received.lostBefore
            frame.streamID = stream.rid
            last = (frame.timestamp, received.firstArrival)
            return frame
        case .loss(let loss):
            let from = time(loss.timestamps.lowerBound)
            var frame = MediaFrame(
                codec: codec, data: [], timestamp: from, duration: time(loss.timestamps.upperBound) - from)
            frame.rtpTimestamp = UInt32(truncatingIfNeeded: loss.timestamps.lowerBound)
            frame.lostPackets = loss.packetCount
            frame.streamID = stream.rid
            return frame
        }
    }
}
