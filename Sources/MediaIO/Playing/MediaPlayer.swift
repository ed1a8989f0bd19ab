internal import AsyncQueues
internal import JSEP
internal import MediaFiles
public import WebRTC

/// Plays a file to tracks that are sent, at the speed of its times, without decoding it.
///
/// ```swift
/// let player = try MediaPlayer(path: "film.webm")
/// for track in player.tracks { try await connection.addTrack(track) }
/// await player.play()
/// ```
///
/// Sound and pictures have one clock. What is late is sent at once; nothing is sped up after a
/// pause, of the player or of the machine. A file whose times want more than 1000 frames or 16 MiB
/// in a second is played more slowly; one that begins anew takes 40 ms at least, and as long as
/// its frames last. Pictures are sent from a key frame on, and a peer that
/// comes later gets those since the last one at once
/// (`MediaStreamTrack(_:id:keepsGroupOfPictures:)`).
///
/// The actor has a thread of its own, which waits for the disk.
public actor MediaPlayer {
    /// What a player does.
    public enum State: Sendable, Hashable {
        /// It stands still: before the first ``MediaPlayer/play()``, after ``MediaPlayer/pause()``.
        case paused
        /// Frames are sent at their times.
        case playing
        /// All has been sent, or the file cannot be read further (``MediaPlayer/failure``).
        case ended
        /// It has been stopped, and its tracks with it.
        case stopped
    }

    /// The file.
    public nonisolated let path: String
    /// The track of pictures, if the file has some.
    public nonisolated let video: MediaStreamTrack?
    /// The track of sound, if the file has some.
    public nonisolated let audio: MediaStreamTrack?
    /// What it does now.
    public private(set) var state = State.paused
    /// Why it has ended before the end of the file.
    public private(set) var failure: MediaIOError?
    /// Whether the file begins anew at its end.
    public private(set) var loops: Bool

    private nonisolated let executor = DiskExecutor("MediaPlayer")
    private let file: PlayedFile
    /// One for all players: what they send at once is in step.
    private static let origin = ContinuousClock.now
    private var clock = PlayClock()
    private var task: Task<Void, Never>?
    /// Read, and not due yet.
    private var pending: PlayedFile.Frame?
    private var awaitsKeyFrame = true
    /// Where the round of the file begins, on the clock's time.
    private var roundStart = Duration.zero
    private var round = PlayRound()
    private var rate = PlayRate()
    private let endings = EventSource<Void>(.kept, BoundedBuffer<Void>.Policy(count: 1, overflow: .dropOldest))

    // SAFETY: the actor retains the executor, which is only ever used to enqueue on it.
    /// The thread that waits for the disk.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }
    /// The tracks to be sent, which belong to one stream: sound and pictures.
    public nonisolated var tracks: [MediaStreamTrack] { [audio, video].compactMap(\.self) }

    /// Opens a file, and reads up to its first frame.
    ///
    /// - Parameters:
    ///   - path: of the file.
    ///   - format: nil takes it from the extension: `.webm`, `.mkv`, `.ivf`, `.ogg`, `.opus`.
    ///   - loops: whether the file begins anew at its end.
    /// - Throws: ``MediaIOError/format(path:problem:)``, ``MediaIOError/file(_:)`` for a file that
    ///   cannot be read, ``MediaIOError/codec(_:path:allowed:)`` for one with nothing to send.
    public init(path: String, format: PlayedFormat? = nil, loops: Bool = false) throws(MediaIOError) {
        guard let format = format ?? PlayedFormat(path: path) else {
            throw .format(
                path: path,
                problem: "its extension is none of .webm, .mkv, .ivf, .ogg and .opus; give a format, such as "
                    + ".annexB(.h264, frameRate: 30)")
        }
        let file = try PlayedFile(path: path, format: format)
        self.path = path
        self.file = file
        self.loops = loops
        video = file.hasVideo ? MediaStreamTrack(.video, keepsGroupOfPictures: true) : nil
        audio = file.hasAudio ? MediaStreamTrack(.audio) : nil
    }

    deinit {
        task?.cancel()
        for track in tracks { track.stop() }
        endings.finish()
    }

    private var now: Duration { Self.origin.duration(to: .now) }

    /// Where it is in the file.
    public var position: Duration { max(.zero, clock.position(now: now) - roundStart) }

    /// Whether the file begins anew at its end.
    public func setLoops(_ loops: Bool) { self.loops = loops }

    /// Sends frames from now on; from the beginning, if it had ended. With nobody connected they go
    /// nowhere.
    public func play() {
        switch state {
        case .playing, .stopped: return
        case .ended:
            guard failure == nil, begin(at: .zero) else { return }
        case .paused: break
        }
        state = .playing
        clock.start(now: now)
        task = Task { [weak self] in
            while let due = await self?.step() {
                if due > .zero, (try? await Task.sleep(for: due)) == nil { return }
            }
        }
    }

    /// Stands still. What follows is sent when ``play()`` is called, with times that have gone on.
    public func pause() {
        guard state == .playing else { return }
        state = .paused
        clock.stop(now: now)
        task?.cancel()
        task = nil
    }

    /// Goes on at another time of the file: with the last key frame that is not behind it. It reads
    /// the file up to there.
    ///
    /// - Parameter time: 0 or more; beyond the end, it goes to the last key frame.
    /// - Throws: ``MediaIOError`` if the file cannot be read, or the player has been stopped.
    public func seek(to time: Duration) throws(MediaIOError) {
        guard state != .stopped else { throw .stopped(path: path) }
        try file.rewind()
        var (count, found, start) = (0, 0, Duration.zero)
        while let next = try file.next(), next.frame.timestamp <= time {
            if next.isVideo || !file.hasVideo, next.frame.isKeyFrame {
                (found, start) = (count, next.frame.timestamp)
            }
            count += 1
        }
        try file.rewind()
        for _ in 0..<found { _ = try file.next() }
        (pending, awaitsKeyFrame) = (nil, true)
        (roundStart, round) = (.zero, PlayRound(at: start))
        clock.move(to: start, now: now)
        if state == .ended {
            state = .paused
            clock.stop(now: now)
            clock.move(to: start, now: now)
        }
    }

    /// Ends it, and its tracks.
    public func stop() {
        guard state != .stopped else { return }
        pause()
        state = .stopped
        for track in tracks { track.stop() }
        endings.finish()
    }

    /// Waits until all has been sent, it is stopped, or the task is cancelled.
    ///
    /// - Throws: ``failure``.
    public func ended() async throws(MediaIOError) {
        let subscription = endings.subscribe()
        if state == .playing || state == .paused { _ = await subscription.next() }
        if let failure { throw failure }
    }

    // MARK: Frames

    /// Sends what is due.
    ///
    /// - Returns: how long to wait before it is called again; nil if there is no more.
    private func step() -> Duration? {
        while state == .playing, !Task.isCancelled {
            guard let next = nextFrame() else {
                finish()
                return nil
            }
            let now = now
            let due = clock.due(next.frame.timestamp + roundStart, now: now)
            guard due <= now else {
                pending = next
                return PlayClock.wait(for: due, now: now)
            }
            let wait = rate.wait(now: now)
            guard wait <= .zero else {
                pending = next
                return wait
            }
            pending = nil
            send(next, at: due)
        }
        return nil
    }

    private func nextFrame() -> PlayedFile.Frame? {
        if let pending { return pending }
        do throws(MediaIOError) {
            if let next = try file.next() { return next }
            // A file without a frame that can be sent would begin anew for ever.
            guard loops, round.isUsed else { return nil }
            try file.rewind()
            roundStart += round.length
            (round, awaitsKeyFrame) = (PlayRound(), true)
            return try file.next()
        } catch {
            failure = error
            return nil
        }
    }

    private func send(_ next: PlayedFile.Frame, at due: Duration) {
        let frame = next.frame
        if next.isVideo, awaitsKeyFrame {
            guard frame.isKeyFrame else { return }
            awaitsKeyFrame = false
        }
        round.note(frame.timestamp, duration: frame.duration, isVideo: next.isVideo)
        rate.note(frame.bytes.count, now: now)
        // Nothing but an end of the track is refused, and that ends the player as well.
        _ = try? (next.isVideo ? video : audio)?.send(
            MediaFrame(
                codec: next.mediaType, data: frame.bytes, timestamp: due, duration: frame.duration,
                isKeyFrame: frame.isKeyFrame))
    }

    private func begin(at start: Duration) -> Bool {
        do throws(MediaIOError) {
            try seek(to: start)
            return true
        } catch {
            failure = error
            return false
        }
    }

    private func finish() {
        state = .ended
        clock.stop(now: now)
        task = nil
        endings.send(())
    }
}
