internal import JSEP
public import WebRTC

/// One sound for many watchers. Usable from any thread. See ``VideoBroadcaster``.
public final class AudioBroadcaster: Sendable {
    let broadcaster: Broadcaster

    /// - Parameter maximumWatchers: how many there may be, 1 or more.
    public init(maximumWatchers: Int = 10_000) {
        broadcaster = Broadcaster(.audio, maximumWatchers: maximumWatchers, clock: TrackFeed.Clock())
    }

    /// What is sent to the watchers; nil for nothing, and once the source has ended.
    public var source: MediaStreamTrack? { broadcaster.source }

    /// Goes over to another track, or to none.
    ///
    /// - Throws: ``StreamingError/kind(track:wanted:)`` for a track of pictures,
    ///   ``StreamingError/stopped`` after ``stop()``.
    public func setSource(_ track: MediaStreamTrack?) throws(StreamingError) { try broadcaster.setSource(track) }

    /// The codec of what comes of the source, such as `audio/opus`; nil before its first packet.
    package var codec: String? { broadcaster.codec }

    /// How many watch.
    public var watcherCount: Int { broadcaster.watcherCount }

    /// A place for one more watcher.
    ///
    /// - Throws: ``StreamingError/tooManyWatchers(maximum:)``, ``StreamingError/stopped``.
    public func subscribe() throws(StreamingError) -> Subscription { try broadcaster.subscribe(WatchingWishes()) }

    /// Sends nothing more to anybody. The source's track stays as it is.
    public func stop() { broadcaster.stop() }
}
