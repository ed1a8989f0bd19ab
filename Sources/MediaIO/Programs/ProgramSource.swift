internal import AsyncQueues
internal import JSEP
public import Logging
internal import MediaFiles
internal import NIOCore
public import WebRTC

/// Media that another program writes to its standard output, for tracks that are sent: a camera by
/// ffmpeg, a scene of GStreamer's, anything that makes a film of a format that can be read while it
/// is written.
///
/// ```swift
/// let source = ProgramSource(command: [
///     "ffmpeg", "-re", "-i", "film.mp4", "-c:v", "libvpx", "-deadline", "realtime", "-g", "60",
///     "-c:a", "libopus", "-f", "webm", "-live", "1", "-flush_packets", "1", "pipe:1",
/// ])
/// for track in source.tracks { try await connection.addTrack(track) }
/// try await source.run()
/// ```
///
/// Frames are sent at the times that the film says, and at once where they come later; 1,000 of
/// them and 16 MiB in a second at most. A program that ends, well or badly, after something has
/// come of it, is begun again (``RestartPolicy``), and the tracks go on: its crash costs nobody
/// more than the pictures of that time. Key frames cannot be asked for, so it has to make one every
/// second or two.
public actor ProgramSource {
    /// What it does.
    public enum State: Sendable, Hashable {
        /// It has not been run yet.
        case idle
        /// The program is there, and nothing has come of it.
        case starting
        /// Frames come.
        case running
        /// The program has ended, and is begun again so much later.
        case waiting(reason: String, restartsIn: Duration)
        /// It is over.
        case ended
    }

    /// The tracks to be sent: sound, pictures.
    public nonisolated let tracks: [MediaStreamTrack]
    /// The longest time between two frames that is kept.
    private static let longestGap = Duration.seconds(10)
    private let command: [String]
    private let format: PlayedFormat
    private let restarts: RestartPolicy
    private let logger: Logger?
    private let clock = ContinuousClock()
    private let origin = ContinuousClock.now
    private let stateSource = EventSource<State>(.state, .init(count: 4, overflow: .dropOldest), initial: .idle)
    private var hasRun = false
    private var hasFrames = false
    private var hasBegun = false
    private var rate = PlayRate()
    /// What was sent last, on the clock: no later film begins before that.
    private var lastTime = Duration.zero

    /// - Parameters:
    ///   - command: a path, or a name that `PATH` has, and the arguments. Nothing is done by a
    ///     shell.
    ///   - format: of what it writes; Matroska and WebM by default.
    ///   - hasAudio: whether there is a track for its sound.
    ///   - hasVideo: whether there is a track for its pictures.
    ///   - restarts: when it is begun again.
    ///   - logger: says when it begins, and how it ends.
    public init(
        command: [String], format: PlayedFormat = .matroska, hasAudio: Bool = true, hasVideo: Bool = true,
        restarts: RestartPolicy = RestartPolicy(), logger: Logger? = nil
    ) {
        self.command = command
        self.format = format
        self.restarts = restarts
        self.logger = logger
        var tracks: [MediaStreamTrack] = []
        if hasAudio { tracks.append(MediaStreamTrack(.audio)) }
        if hasVideo { tracks.append(MediaStreamTrack(.video, keepsGroupOfPictures: true)) }
        self.tracks = tracks
    }

    deinit {
        for track in tracks { track.stop() }
        stateSource.finish()
    }

    /// What it does now, and each change of that, until it is over.
    public nonisolated var states: AsyncStream<State> {
        let events = stateSource.subscribe()
        return AsyncStream { await events.next() }
    }

    /// Runs the program, again and again, until the task is cancelled; then the tracks end. Once.
    ///
    /// - Throws: ``ProgramError`` if it cannot be run, has ended before anything came of it, or
    ///   more often in a row than it is begun again; `CancellationError`.
    public func run() async throws {
        guard !hasRun else { throw ProgramError.notStarted(command: command.first ?? "", reason: "it runs already") }
        hasRun = true
        defer { finish() }
        var failures = RestartPolicy.Count(restarts)
        while true {
            let began = clock.now
            stateSource.send(.starting)
            let failure = try await once()
            try Task.checkCancellation()
            // What has never worked does not become better by itself.
            guard hasBegun else { throw failure }
            logger?.warning("a program gives no media any more", metadata: ["reason": "\(failure)"])
            guard let wait = failures.failed(after: hasFrames ? clock.now - began : nil) else { throw failure }
            stateSource.send(.waiting(reason: "\(failure)", restartsIn: wait))
            try await Task.sleep(for: wait)
        }
    }

    private func finish() {
        stateSource.send(.ended)
        stateSource.finish()
        for track in tracks { track.stop() }
    }

    /// Runs it once.
    ///
    /// - Returns: how it has ended.
    /// - Throws: what does not become better by another try; `CancellationError`.
    private func once() async throws -> ProgramError {
        hasFrames = false
        do {
            let ending = try await ChildProgram.run(command) { output, input in
                try await self.read(output)
            }
            return .ended(ending)
        } catch let error as ProgramError {
            if case .notFound = error { throw error }
            return error
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            return .format(command: command.first ?? "", problem: "\(error)")
        }
    }

    private func read(_ output: ProgramOutput) async throws {
        var reader = try ProgramReader(format)
        var start: Duration?
        for try await bytes in output {
            try reader.push(bytes)
            while let frame = try reader.next() { try await send(frame, &start) }
        }
        reader.finish()
        while let frame = try reader.next() { try await send(frame, &start) }
    }

    /// - Parameter start: when the film's time was zero.
    private func send(_ next: PlayedFile.Frame, _ start: inout Duration?) async throws {
        guard let track = tracks.first(where: { ($0.kind == .video) == next.isVideo }) else { return }
        let now = clock.now - origin
        var zero = start ?? (max(now, lastTime) - next.frame.timestamp)
        // A film whose times leap goes on at once.
        let distance = zero + next.frame.timestamp - now
        if distance > Self.longestGap || distance < .zero - Self.longestGap {
            zero = max(now, lastTime) - next.frame.timestamp
        }
        start = zero
        let due = zero + next.frame.timestamp
        if due > now { try await Task.sleep(until: origin + due, clock: clock) }
        let wait = rate.wait(now: clock.now - origin)
        if wait > .zero { try await Task.sleep(for: wait) }
        rate.note(next.frame.bytes.count, now: clock.now - origin)
        if !hasFrames {
            (hasFrames, hasBegun) = (true, true)
            stateSource.send(.running)
        }
        lastTime = max(lastTime, due)
        let frame = MediaFrame(
            codec: next.mediaType, data: next.frame.bytes, timestamp: due, duration: next.frame.duration,
            isKeyFrame: next.frame.isKeyFrame)
        do throws(WebRTCError) {
            _ = try track.send(frame)
        } catch {
            // It was ended by the application.
            throw CancellationError()
        }
    }
}
