internal import RTP

/// Where the frames of a stream are on their track's time.
struct StreamTimeline {
    /// The timestamp of the stream's first frame, and where that is on the track's time.
    private var first: (timestamp: Int64, time: Duration)?
    /// Of the timestamps so far.
    private var rate = 0
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

    /// - Parameter streamID: the stream's name among those of its track.
    mutating func frame(
        of output: JitterBuffer.Output, on stream: ReceivedStream, streamID: String?
    ) -> MediaFrame? {
        if rate != stream.format.clockRate {
            // Another codec's clock counts from here on, not for what was before.
            if first != nil {
                let (next, arrival) =
                    switch output {
                    case .frame(let frame): (frame.timestamp, frame.firstArrival)
                    case .loss(let loss): (loss.timestamps.lowerBound, last.moment)
                    }
                first = (next, last.time + max(.zero, arrival - last.moment))
            }
            rate = stream.format.clockRate
        }
        let rate = Double(rate)
        func time(_ timestamp: Int64) -> Duration {
            let base = first ?? (timestamp, start)
            first = base
            return base.time + .seconds(Double(timestamp - base.timestamp) / rate)
        }
        let codec = stream.codec
        switch output {
        case .frame(let received):
            var frame = MediaFrame(
                codec: codec, data: received.bytes, timestamp: time(received.timestamp), isKeyFrame: received.isKeyFrame
            )
            frame.rtpTimestamp = received.rtpTimestamp
            frame.captureTime = stream.clock.wallTime(of: received.rtpTimestamp)
            frame.rotation = received.rotation
            frame.canonicalName = stream.canonicalName
            frame.lostPackets = received.lostBefore
            frame.streamID = streamID
            last = (frame.timestamp, received.firstArrival)
            return frame
        case .loss(let loss):
            let from = time(loss.timestamps.lowerBound)
            var frame = MediaFrame(
                codec: codec, data: [], timestamp: from, duration: time(loss.timestamps.upperBound) - from)
            frame.rtpTimestamp = UInt32(truncatingIfNeeded: loss.timestamps.lowerBound)
            frame.lostPackets = loss.packetCount
            frame.streamID = streamID
            return frame
        }
    }
}

extension ReceivedStream {
    /// Such as `video/VP8`.
    var codec: String { (kind == .audio ? "audio/" : "video/") + format.displayName }
}
