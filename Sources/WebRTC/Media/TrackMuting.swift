internal import JSEP
internal import RTP

/// What becomes of a track's frames while it is not enabled: silence and black pictures of the same
/// codec take their place (W3C Media Capture §4.3.1). Pure.
struct TrackMuting: Sendable {
    /// How often a black picture is sent: whoever joins sees it then.
    static let interval = Duration.seconds(1)

    /// One of the streams of a track, which are several with simulcast.
    private struct Stream: Sendable {
        /// The last frame: its codec, and when it was.
        var last: (codec: String, timestamp: Duration)
        var lastBlack: Duration?
        /// Pictures need those before, which were not sent.
        var needsKeyFrame = false
    }

    private(set) var isEnabled = true
    /// Of video, by ``MediaFrame/streamID``.
    private var streams: [String?: Stream] = [:]
    /// Packets were not sent: what follows them may need them.
    private var hasLeftOut = false

    init() {}

    /// Changes it, and says which black pictures are to be sent at once, and whether a picture is
    /// wanted that needs no other.
    mutating func set(_ isEnabled: Bool, _ kind: MediaKind) -> (blacks: [MediaFrame], needsKeyFrame: Bool) {
        guard isEnabled != self.isEnabled else { return ([], false) }
        self.isEnabled = isEnabled
        guard kind == .video else { return ([], false) }
        if isEnabled {
            defer { hasLeftOut = false }
            return ([], hasLeftOut || streams.values.contains(where: \.needsKeyFrame))
        }
        let blacks = streams.keys.sorted { ($0 ?? "") < ($1 ?? "") }.compactMap { name -> MediaFrame? in
            streams[name]?.lastBlack = nil
            guard let time = streams[name]?.last.timestamp else { return nil }
            return black(name, at: time + .milliseconds(1))
        }
        return (blacks, false)
    }

    /// What is missing is sent once more: pictures need not wait.
    mutating func skipKeyFrames() {
        for name in streams.keys { streams[name]?.needsKeyFrame = false }
    }

    /// What is sent instead of an item; nil for nothing.
    mutating func pass(_ item: TrackOutbox.Item, _ kind: MediaKind) -> TrackOutbox.Item? {
        guard case .frame(let frame) = item else {
            if !isEnabled { hasLeftOut = true }
            return isEnabled ? item : nil
        }
        guard kind == .video else { return isEnabled ? item : silence(insteadOf: frame) }
        streams[frame.streamID, default: Stream(last: (frame.codec, frame.timestamp))].last =
            (frame.codec, frame.timestamp)
        guard isEnabled else { return black(frame.streamID, at: frame.timestamp).map(TrackOutbox.Item.frame) }
        guard streams[frame.streamID]?.needsKeyFrame == true else { return item }
        guard frame.isKeyFrame else { return nil }
        streams[frame.streamID]?.needsKeyFrame = false
        return item
    }

    private func silence(insteadOf frame: MediaFrame) -> TrackOutbox.Item? {
        guard let silence = Silence.sound(insteadOf: frame.data.span, codec: frame.codecName) else { return nil }
        var silent = frame
        silent.data = silence
        return .frame(silent)
    }

    private mutating func black(_ name: String?, at time: Duration) -> MediaFrame? {
        guard var stream = streams[name] else { return nil }
        defer { streams[name] = stream }
        stream.needsKeyFrame = true
        if let lastBlack = stream.lastBlack, time - lastBlack < Self.interval, time >= lastBlack { return nil }
        var frame = MediaFrame(codec: stream.last.codec, data: [], timestamp: time)
        guard let picture = Silence.picture(codec: frame.codecName) else { return nil }
        stream.lastBlack = time
        frame.data = picture
        frame.streamID = name
        return frame
    }
}
