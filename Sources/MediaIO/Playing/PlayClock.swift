/// When the frames of a file are due, on a clock that goes on while the file stands still.
struct PlayClock: Sendable {
    /// A player that is later than that does not make up for it: what follows is later by as much.
    static let patience: Duration = .milliseconds(500)
    /// How long to wait at most before asking again: a file may have any time in it, and one that
    /// is beyond the system's clock would not be waited for at all.
    static let longestWait: Duration = .seconds(3600)
    /// From a time of the file to the moment when it is due; nil while it stands still.
    private var offset: Duration?
    /// The time of the file at which it goes on.
    private var position: Duration

    /// Stands still at a time of the file.
    init(at position: Duration = .zero) { self.position = position }

    /// Whether it runs.
    var isRunning: Bool { offset != nil }

    /// The time of the file that is due now.
    func position(now: Duration) -> Duration { offset.map { now - $0 } ?? position }

    /// Runs from now on.
    mutating func start(now: Duration) {
        if offset == nil { offset = now - position }
    }

    /// Stands still from now on.
    mutating func stop(now: Duration) {
        position = position(now: now)
        offset = nil
    }

    /// Goes on at another time of the file.
    mutating func move(to position: Duration, now: Duration) {
        self.position = position
        if offset != nil { offset = now - position }
    }

    /// When a frame is due. One that is far too late is due now, and what follows it is shifted as
    /// far.
    mutating func due(_ timestamp: Duration, now: Duration) -> Duration {
        guard let offset else { return now }
        let due = timestamp + offset
        guard now - due > Self.patience else { return due }
        self.offset = now - timestamp
        return now
    }

    /// How long to wait before asking again for a moment that has not come.
    static func wait(for due: Duration, now: Duration) -> Duration { min(due - now, longestWait) }
}
