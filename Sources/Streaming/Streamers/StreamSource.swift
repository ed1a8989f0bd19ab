public import WebRTC

/// What a ``Streamer`` shows: tracks, and what feeds them.
public struct StreamSource: Sendable {
    /// At most one of pictures and one of sound are shown: the first of each.
    public let tracks: [MediaStreamTrack]
    /// Feeds them until there is no more; throws if it cannot. It is cancelled when the streamer
    /// stops.
    public let run: @Sendable () async throws -> Void

    /// Tracks, and what feeds them.
    ///
    /// - Parameters:
    ///   - tracks: a player's, those of RTP over UDP, a browser's, or ones that are fed with
    ///     frames.
    ///   - run: feeds them until there is no more, such as
    ///     `{ await player.play(); try await player.ended() }`. What it throws is why the streamer
    ///     has failed: a child process that ends badly, a file that cannot be read.
    public init(tracks: [MediaStreamTrack], run: @escaping @Sendable () async throws -> Void) {
        self.tracks = tracks
        self.run = run
    }

    /// What a peer sends, until it ends.
    public init(received tracks: [MediaStreamTrack]) {
        self.init(tracks: tracks) {
            // The changes end with their track.
            for track in tracks { for await _ in track.muteChanges {} }
        }
    }
}
