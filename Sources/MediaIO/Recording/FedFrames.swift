internal import RTP
internal import WebRTC

/// Makes frames of what an application feeds a track with: the frames themselves, or packets, which
/// are put together. Pure; time is a parameter.
struct FedFrames {
    private var jitter: JitterBuffer?
    private var codec = ""
    private var clockRate = 90_000
    /// Where the packets' time begins, among their timestamps and on the track's time.
    private var first: (timestamp: Int64, time: Duration)?
    /// The last frame, and that of what the track had kept: it may come again.
    private var last: Duration?
    private var keptEnd: Duration?

    /// What follows came after what was kept.
    mutating func endKept() { keptEnd = last }

    /// - Parameter now: on a clock that only goes forward.
    mutating func frames(of item: FedItem, now: Duration) -> [MediaFrame] {
        switch item {
        case .frame(let frame):
            if let keptEnd, frame.timestamp <= keptEnd { return [] }
            keptEnd = nil
            last = frame.timestamp
            return [frame]
        case .packet(let packet, let codec):
            if codec != self.codec { begin(codec) }
            guard let bytes = try? packet.encoded(), let header = try? RTPHeader(parsing: bytes.span) else { return [] }
            jitter?.insert(header, payload: bytes.span.extracting(header.payload), now: now)
            var frames: [MediaFrame] = []
            while let output = jitter?.next(now: now) {
                if case .frame(let frame) = output { frames.append(mediaFrame(frame, now: now)) }
            }
            return frames
        }
    }

    private mutating func begin(_ codec: String) {
        let (isAudio, name) = (codec.hasPrefix("audio/"), codec.split(separator: "/").last?.lowercased() ?? "")
        (self.codec, first) = (codec, nil)
        clockRate = name == "opus" ? 48_000 : isAudio ? 8000 : 90_000
        let format = RTPFormatParameters(
            payloadType: 0, name: name, clockRate: clockRate, parameters: "packetization-mode=1"
        ).makeFormat()
        jitter = format.map { format in
            JitterBuffer(format: format, settings: .init(kind: isAudio ? .audio : .video, clockRate: clockRate))
        }
    }

    private mutating func mediaFrame(_ frame: ReceivedFrame, now: Duration) -> MediaFrame {
        let start = first ?? (frame.timestamp, now)
        first = start
        let time = start.time + .seconds(Double(frame.timestamp - start.timestamp) / Double(clockRate))
        var made = MediaFrame(codec: codec, data: frame.bytes, timestamp: time, isKeyFrame: frame.isKeyFrame)
        made.lostPackets = frame.lostBefore
        made.rotation = frame.rotation
        return made
    }
}
