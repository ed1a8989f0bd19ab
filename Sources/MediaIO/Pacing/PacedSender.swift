internal import JSEP
public import WebRTC

/// Sends sound that is made faster than it is heard, such as speech, at the speed at which it is
/// heard, and lets go of what has not been sent when somebody interrupts.
///
/// ```swift
/// let voice = PacedSender(track)
/// for packet in speech { await voice.enqueue(packet, duration: .milliseconds(20)) }
/// await voice.flush()  // the caller speaks: silence at once
/// ```
///
/// Frames follow each other without gaps; after a time in which nothing waited, timestamps have
/// gone on, so that a receiver hears it as a pause.
public actor PacedSender {
    /// How many frames wait at most: 5 minutes of 20 ms.
    public static let maximumCount = 15_000
    /// How many bytes wait at most.
    public static let maximumBytes = 16 << 20
    /// How early a frame is sent: a receiver has that much in hand if this process is held up.
    static let lead: Duration = .milliseconds(20)

    private let track: MediaStreamTrack
    private let codec: String
    private var queue: [(data: [UInt8], duration: Duration)] = []
    private var next = 0
    private var bytes = 0
    /// When the next frame is to be heard.
    private var time: Duration?
    private var task: Task<Void, Never>?
    private var waiters: [CheckedContinuation<Void, Never>] = []
    /// One clock for all senders, so that what they send at once is heard at once.
    private static let origin = ContinuousClock.now

    /// - Parameters:
    ///   - track: one that is sent, of sound. Nobody else should send on it.
    ///   - codec: of the frames, such as `audio/opus`.
    public init(_ track: MediaStreamTrack, codec: String = "audio/opus") {
        self.track = track
        self.codec = codec
    }

    deinit {
        task?.cancel()
        for waiter in waiters { waiter.resume() }
    }

    /// Adds a frame behind those that wait.
    ///
    /// - Parameters:
    ///   - data: one packet of the codec.
    ///   - duration: how long it is heard, 1 ms to 1 s.
    /// - Returns: false if too much waits; it is dropped then.
    @discardableResult
    public func enqueue(_ data: [UInt8], duration: Duration) -> Bool {
        guard queue.count - next < Self.maximumCount, bytes + data.count <= Self.maximumBytes else { return false }
        queue.append((data, min(.seconds(1), max(.milliseconds(1), duration))))
        bytes += data.count
        if task == nil { begin() }
        return true
    }

    /// How long what waits would be heard.
    public var waiting: Duration { queue[next...].reduce(.zero) { $0 + $1.duration } }

    /// Lets go of all that has not been sent.
    ///
    /// - Returns: how many frames that were.
    @discardableResult
    public func flush() -> Int {
        defer { clear() }
        return queue.count - next
    }

    /// Waits until all has been sent, or let go of.
    public func drained() async {
        guard task != nil else { return }
        await withCheckedContinuation { waiters.append($0) }
    }

    private var now: Duration { Self.origin.duration(to: .now) }

    private func begin() {
        task = Task { [weak self] in
            while let pause = await self?.step() {
                if pause > .zero, (try? await Task.sleep(for: pause)) == nil { return }
            }
        }
    }

    /// Sends what is due.
    ///
    /// - Returns: how long it is until the next; nil if nothing waits.
    private func step() -> Duration? {
        while next < queue.count {
            let now = now
            // What is late is not made up for.
            let due = max(time ?? now, now - Self.lead)
            guard due - now <= Self.lead else { return due - now - Self.lead }
            let (data, duration) = queue[next]
            next += 1
            bytes -= data.count
            time = due + duration
            if next > 64, next * 2 > queue.count {
                queue.removeFirst(next)
                next = 0
            }
            // A track that has ended wants nothing more.
            guard (try? track.send(MediaFrame(codec: codec, data: data, timestamp: due, duration: duration))) != nil
            else { break }
        }
        // The last frame is still heard: one that comes meanwhile follows on it.
        clear()
        task = nil
        let ended = waiters
        waiters = []
        for waiter in ended { waiter.resume() }
        return nil
    }

    private func clear() {
        queue.removeAll(keepingCapacity: queue.count <= 1024)
        (next, bytes) = (0, 0)
    }
}
