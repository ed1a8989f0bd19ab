/// How long one round of a file is that is played again and again, by the frames that were sent in
/// it. A file may say anything of that, and must not decide how often it is sent.
struct PlayRound: Sendable {
    /// The shortest.
    static let minimum: Duration = .milliseconds(40)
    /// Where its last frame ends.
    private var end: Duration
    /// What the frames last, one after the other.
    private var (sound, pictures) = (Duration.zero, Duration.zero)
    private var lastPicture: Duration?
    /// Whether something has been sent.
    private(set) var isUsed = false

    /// Begins at a time of the file.
    init(at start: Duration = .zero) { end = start }

    /// From the beginning of the file to that of the next round.
    var length: Duration { max(end, sound, pictures, Self.minimum) }

    /// A frame has been sent.
    mutating func note(_ timestamp: Duration, duration said: Duration?, isVideo: Bool) {
        isUsed = true
        var duration = said ?? .zero
        if isVideo {
            // The last picture is seen as long as the one before it.
            if said == nil, let lastPicture { duration = timestamp - lastPicture }
            lastPicture = timestamp
            pictures += said ?? .zero
        } else {
            sound += said ?? .zero
        }
        end = max(end, timestamp + duration)
    }
}
