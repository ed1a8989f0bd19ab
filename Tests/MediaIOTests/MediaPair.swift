import JSEP
import Testing
import WebRTC
import WebRTCTestSupport

/// Two connections of this process, of which one sends tracks to the other.
struct MediaPair: Sendable {
    let pair: ConnectedPair
    /// As they came, by kind.
    let received: [MediaKind: MediaStreamTrack]

    init(sending tracks: [MediaStreamTrack]) async throws {
        pair = try ConnectedPair()
        let events = pair.b.tracks
        for track in tracks { try await pair.a.addTrack(track, streams: [MediaStream(tracks, id: "camera")]) }
        try await pair.negotiate()
        var received: [MediaKind: MediaStreamTrack] = [:]
        for await event in events {
            received[event.track.kind] = event.track
            if received.count == tracks.count { break }
        }
        self.received = received
        try await pair.a.connected()
        try await pair.b.connected()
    }

    func close() async { await pair.close() }
}

extension EventSequence<MediaFrame> {
    /// So many frames; fewer if there are no more.
    func first(_ count: Int) async -> [MediaFrame] {
        var got: [MediaFrame] = []
        for await frame in self where !frame.isLoss {
            got.append(frame)
            if got.count == count { break }
        }
        return got
    }
}
