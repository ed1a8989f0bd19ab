internal import AsyncQueues
internal import JSEP

/// What the application is to hear of a description that was set, in its order, once everybody can
/// see what it has done.
struct Announcements {
    enum Announcement {
        case signalingState(SignalingState)
        case change(MediaStream.Change, of: MediaStream)
        case end(of: MediaStream)
        case track(TrackEvent)
    }

    private var list: [Announcement] = []

    mutating func append(_ announcement: Announcement) { list.append(announcement) }

    /// Tells it: states first, then which tracks have left and joined streams, then which tracks
    /// have come (W3C §4.4.1.5).
    func tell(with snapshot: ConnectionSnapshot) {
        for case .signalingState(let state) in list { snapshot.tell(state) }
        for case .change(let change, let stream) in list { stream.tell(change) }
        for case .end(let stream) in list { stream.finish() }
        for case .track(let event) in list { snapshot.tracks.send(event) }
    }
}
