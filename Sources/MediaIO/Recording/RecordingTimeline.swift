internal import WebRTC

/// Where the frames of several tracks are on a recording's time: by the sender's wall clock where
/// it is known of two tracks of one sender, by their arrival before that. Those of others have
/// clocks of their own (RFC 3550 §6.4.1), and stay where they arrive.
///
/// A track's own time is never changed but to bring it in step with another. Sound stays as it is,
/// and pictures follow it: forward at once, back at half their speed, so that nothing overlaps.
struct RecordingTimeline: Sendable {
    /// By how much a track may be off before it is moved.
    static let tolerance = (audio: Duration.milliseconds(20), video: Duration.milliseconds(5))
    /// A track that comes back that much later than its timestamps say has paused.
    static let pause: Duration = .seconds(1)
    /// How long the frames are watched that follow one which comes too late.
    static let doubt: Duration = .milliseconds(200)

    fileprivate struct Track: Sendable {
        let isAudio: Bool
        /// From the track's time to the recording's; nil before its first frame.
        var offset: Duration?
        /// From the track's time to the sender's wall clock, while that is known.
        var wall: Duration?
        /// Whose clock that is: sources with the same name have the same.
        var name: String?
        /// The same as the sender's reports had it when the source stood still: they speak of the
        /// time before, until they say something else.
        var stale: Duration?
        /// The last frame: on the track's time, on the recording's, and its arrival.
        var last: (source: Duration, time: Duration, arrival: Duration)?
    }

    private var tracks: [Track] = []

    /// Adds a track, which has the next number.
    mutating func addTrack(isAudio: Bool) { tracks.append(Track(isAudio: isAudio)) }

    /// Where a frame is.
    ///
    /// - Parameters:
    ///   - frame: of that track, in the order of arrival.
    ///   - index: of the track.
    ///   - arrival: when it came, on any clock that is the same for all.
    mutating func time(of frame: MediaFrame, track index: Int, arrival: Duration) -> Duration {
        var track = tracks[index]
        track.noteWall(of: frame)
        (tracks[index].wall, tracks[index].name) = (track.wall, track.name)
        var offset = track.offset ?? arrival - frame.timestamp
        if let wall = track.wall, let reference = reference(besides: index), let base = reference.offset,
            let referenceWall = reference.wall
        {
            let wanted = base + wall - referenceWall
            let tolerance = track.isAudio ? Self.tolerance.audio : Self.tolerance.video
            if abs(wanted, offset) > tolerance || track.offset == nil { offset = wanted }
        } else if track.wall == nil, let last = track.last {
            let late = arrival - (frame.timestamp + offset)
            if late > Self.pause, arrival - last.arrival > Self.pause / 2 { offset += late }
        }
        var time = frame.timestamp + offset
        if let last = track.last { time = max(time, last.time + max(.zero, frame.timestamp - last.source) / 2) }
        track.offset = offset
        track.last = (frame.timestamp, time, arrival)
        tracks[index] = track
        return time
    }

    /// Whether a frame comes so late that either its source has paused and has not counted that
    /// time, as a browser's microphone does that is taken from its sender, or the way to here was
    /// blocked for a while. Which it is say those that follow: they are as late, or catch up.
    func isDoubtful(_ frame: MediaFrame, track index: Int, arrival: Duration) -> Bool {
        let track = tracks[index]
        guard frame.captureTime != nil, let offset = track.offset, let last = track.last else { return false }
        let silence = arrival - last.arrival
        return arrival - (frame.timestamp + offset) > Self.pause && silence > Self.pause / 2
            && frame.timestamp - last.source < silence / 2
    }

    /// Decides what a doubtful frame was, before it and those that followed get their times.
    mutating func settle(_ frames: [(frame: MediaFrame, arrival: Duration)], track index: Int) {
        guard let offset = tracks[index].offset, let first = frames.first, let last = frames.last else { return }
        let least = frames.map { $0.arrival - ($0.frame.timestamp + offset) }.min()
        let catchesUp =
            last.frame.timestamp - first.frame.timestamp > (last.arrival - first.arrival) * 2 + Self.doubt / 2
        guard let least, least > Self.pause, !catchesUp else { return }
        tracks[index].offset = offset + least
        tracks[index].stale = last.frame.captureTime.map { $0 - last.frame.timestamp }
    }

    /// The track that this one follows: the first with sound, or else the first, of those whose
    /// clock is known to be the same, as their CNAME is, or which all have none. Nil for that one
    /// itself.
    private func reference(besides index: Int) -> Track? {
        let known = tracks.indices.filter {
            tracks[$0].wall != nil && tracks[$0].name == tracks[index].name
                && (tracks[$0].offset != nil || $0 == index)
        }
        let first = known.first { tracks[$0].isAudio } ?? known.first
        return first.flatMap { $0 == index ? nil : tracks[$0] }
    }

    private func abs(_ one: Duration, _ other: Duration) -> Duration { max(one, other) - min(one, other) }
}

extension RecordingTimeline.Track {
    fileprivate mutating func noteWall(of frame: MediaFrame) {
        wall = frame.captureTime.map { $0 - frame.timestamp }
        name = frame.canonicalName
        guard let stale, let wall else { return }
        if max(wall, stale) - min(wall, stale) < RecordingTimeline.pause / 2 {
            self.wall = nil
        } else {
            self.stale = nil
        }
    }
}
