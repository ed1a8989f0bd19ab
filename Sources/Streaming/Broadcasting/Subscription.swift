import Synchronization
public import WebRTC

/// One watcher's place at a ``VideoBroadcaster`` or an ``AudioBroadcaster``. Usable from any
/// thread.
///
/// Its ``track`` is sent to that watcher; it ends with the last reference to this, or with
/// ``cancel()``.
public final class Subscription: Sendable {
    /// What is to be added to the watcher's connection: `connection.addTrack(subscription.track)`.
    /// To one connection only.
    public let track: MediaStreamTrack

    private struct Values: Sendable {
        var wishes = WatchingWishes()
        var bitrate: Int?
    }

    let broadcaster: Broadcaster
    private let number: Int
    private let requests: Task<Void, Never>
    private let values = Mutex(Values())

    init(of broadcaster: Broadcaster, _ number: Int, _ track: MediaStreamTrack, _ requests: Task<Void, Never>) {
        self.broadcaster = broadcaster
        self.number = number
        self.track = track
        self.requests = requests
    }

    deinit { cancel() }

    /// What the watcher wants of the picture. A pause takes effect at once, a larger size with its
    /// next key frame, which is asked for.
    public var wishes: WatchingWishes {
        get { values.withLock { $0.wishes } }
        set {
            values.withLock { $0.wishes = newValue }
            broadcaster.setWishes(newValue, of: number)
        }
    }

    /// What may be sent to the watcher of this track, in bit/s; nil for any, which is so until it
    /// is set. Of several sizes the largest is sent that fits, and the smallest if none does.
    /// ``Watcher`` divides what a connection can send among its tracks.
    public var availableBitrate: Int? {
        get { values.withLock { $0.bitrate } }
        set {
            values.withLock { $0.bitrate = newValue }
            broadcaster.setBudget(newValue, of: number)
        }
    }

    /// Which of several sizes is sent now: its name among those of the sender (RFC 8851), and its
    /// size in pixels, as far as either is known; nil while nothing is.
    public var layer: (name: String?, size: (width: Int, height: Int)?)? { broadcaster.layer(of: number) }

    /// What the sizes take, in bit/s, the least first, and which of them is sent.
    var choices: (bitrates: [Int], current: Int?) { broadcaster.choices(of: number) }

    /// Sends nothing more.
    public func cancel() {
        requests.cancel()
        broadcaster.remove(number)
        track.stop()
    }
}
