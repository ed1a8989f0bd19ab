internal import JSEP
public import WebRTC

/// One picture for many watchers. Usable from any thread.
///
/// ```swift
/// let broadcaster = VideoBroadcaster()
/// try broadcaster.setSource(event.track)  // a browser's, a player's, or one that is fed with frames
/// let subscription = try broadcaster.subscribe()
/// try await connection.addTrack(subscription.track)
/// ```
///
/// The frames of the source are neither decoded nor put together: what a peer sends is sent on
/// packet by packet, and what the application feeds a track with is cut into packets once. Nobody
/// waits for a watcher: one that is too slow loses packets and gets a key frame, and the others
/// lose nothing.
///
/// A source that has several sizes (simulcast, RFC 8853; layers of VP8 and VP9) is sent to each
/// watcher in the one that fits it, and goes over at key frames, with numbers and timestamps that
/// go on. Who joins begins with the last key frame and what came after it, if that is up to 256
/// KiB, or the source cannot be asked for one (`MediaStreamTrack(_:id:keepsGroupOfPictures:)`); all
/// who wait for a key frame are one request. Kept are 2,048 packets and 4 MiB for each size.
public final class VideoBroadcaster: Sendable {
    let broadcaster: Broadcaster

    /// - Parameters:
    ///   - maximumWatchers: how many there may be, 1 or more.
    ///   - audio: the sound that belongs to the picture: where both are fed with frames their times
    ///     are of one clock, and they are played in step.
    public init(maximumWatchers: Int = 10_000, inStepWith audio: AudioBroadcaster? = nil) {
        broadcaster = Broadcaster(
            .video, maximumWatchers: maximumWatchers, clock: audio?.broadcaster.clock ?? TrackFeed.Clock())
    }

    /// What is sent to the watchers; nil for nothing, and once the source has ended.
    public var source: MediaStreamTrack? { broadcaster.source }

    /// Goes over to another track, or to none; what watchers see stands still until its first key
    /// frame.
    ///
    /// - Throws: ``StreamingError/kind(track:wanted:)`` for a track of sound,
    ///   ``StreamingError/stopped`` after ``stop()``.
    public func setSource(_ track: MediaStreamTrack?) throws(StreamingError) { try broadcaster.setSource(track) }

    /// The codec of what comes of the source, such as `video/VP8`; nil before its first packet.
    package var codec: String? { broadcaster.codec }

    /// The largest size that comes now, in pixels; nil before it is known.
    package var size: (width: Int, height: Int)? { broadcaster.size }

    /// How many frames come a second of the largest size; nil before that is known.
    package var framesPerSecond: Double? { broadcaster.framesPerSecond }

    /// How many watch.
    public var watcherCount: Int { broadcaster.watcherCount }

    /// A place for one more watcher.
    ///
    /// - Parameter wishes: what it wants; all that there is by default.
    /// - Throws: ``StreamingError/tooManyWatchers(maximum:)``, ``StreamingError/stopped``.
    public func subscribe(_ wishes: WatchingWishes = WatchingWishes()) throws(StreamingError) -> Subscription {
        try broadcaster.subscribe(wishes)
    }

    /// Sends nothing more to anybody. The source's track stays as it is.
    public func stop() { broadcaster.stop() }
}
