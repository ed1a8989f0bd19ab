internal import JSEP
internal import RTP

/// What becomes of a track's frames while it is not enabled: silence and black pictures of the same
/// codec take their place (W3C Media Capture §4.3.1). Pure.
struct TrackMuting: Sendable {
    /// How often a black picture is sent: whoever joins sees it then.
    static let interval = Duration.seconds(1)

    private(set) var isEnabled = true
    /// The last frame of video: its codec, and when it was.
    private var last: (codec: String, timestamp: Duration)?
    private var lastBlack: Duration?
    /// Pictures need those before, which were not sent.
    private var needsKeyFrame = false

    init() {}

    /// Changes it, and says which black picture is to be sent at once, and whether a picture is
    /// wanted that needs no other.
    mutating func set(_ isEnabled: Bool, _ kind: MediaKind) -> (black: MediaFrame?, needsKeyFrame: Bool) {
        guard isEnabled != self.isEnabled else { return (nil, false) }
        self.isEnabled = isEnabled
        guard kind == .video else { return (nil, false) }
        if isEnabled { return (nil, needsKeyFrame) }
        lastBlack = nil
        return (last.flatMap { black($0.codec, at: $0.timestamp + .milliseconds(1)) }, false)
    }

    /// What is sent instead of an item; nil for nothing.
    mutating func pass(_ item: TrackOutbox.Item, _ kind: MediaKind) -> TrackOutbox.Item? {
        guard case .frame(let frame) = item else { return isEnabled ? item : nil }
        if kind == .video { last = (frame.codec, frame.timestamp) }
        if isEnabled {
            if needsKeyFrame, !frame.isKeyFrame { return nil }
            needsKeyFrame = false
            return item
        }
        if kind == .video { return black(frame.codec, at: frame.timestamp).map(TrackOutbox.Item.frame) }
        guard let silence = Silence.sound(insteadOf: frame.data.span, codec: frame.codecName) else { return nil }
        var silent = frame
        silent.data = silence
        return .frame(silent)
    }

    private mutating func black(_ codec: String, at time: Duration) -> MediaFrame? {
        needsKeyFrame = true
        if let lastBlack, time - lastBlack < Self.interval, time >= lastBlack { return nil }
        var frame = MediaFrame(codec: codec, data: [], timestamp: time)
        guard let picture = Silence.picture(codec: frame.codecName) else { return nil }
        lastBlack = time
        frame.data = picture
        return frame
    }
}
