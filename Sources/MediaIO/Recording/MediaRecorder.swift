internal import Foundation
internal import JSEP
public import Logging
public import MediaFiles
public import WebRTC

/// Records tracks, received ones and those that an application feeds, to a file as they come,
/// without decoding them.
///
/// ```swift
/// let recorder = try MediaRecorder(path: "call.webm")
/// for await event in connection.tracks { try await recorder.add(event.track) }
/// try await recorder.stop()
/// ```
///
/// Sound and pictures of a peer are kept in step by its reports (RFC 3550 §6.4.1) once they have
/// come, and by their arrival before; those of different peers by their arrival. Where nothing
/// comes, as while a track is muted or packets are lost, time goes on in the file. It begins when
/// all tracks have had a frame, or after 5 s; a track that comes later, and one that changes its
/// codec, goes on in another file with a number in its name (`call-0002.webm`), as do pictures that
/// a file cannot hold beside those before them: H.264, H.265 and AV1 of another size, and all that
/// have to be turned otherwise (`MediaFrame.rotation`). That happens every 2 s at most, and 256
/// times in all: what does not fit is dropped until then.
///
/// Of a sender that sends a picture in several sizes (simulcast) one is recorded: the largest that
/// has had a key frame, and another once that has been silent for 2 s.
///
/// Frames are written as they come: if the process is killed, the file plays up to about a second
/// before that. A frame that cannot be written is dropped and counted (``report``), and recording
/// goes on once there is room.
///
/// The actor has a thread of its own, which waits for the disk.
public actor MediaRecorder {
    /// What is to be written, and how.
    public struct Options: Sendable {
        /// The format; nil takes it from the extension: `.webm`, `.mkv`, `.mp4`.
        public var format: RecordingFormat?
        /// When to go on in another file, with a key frame that is asked for.
        public var limits: RecordingLimits
        /// Whether a file that is there already is replaced; else it is an error.
        public var replaces: Bool
        /// Says when another file begins, and why frames are dropped.
        public var logger: Logger?

        /// One file, of the format that its name has.
        public init(
            format: RecordingFormat? = nil, limits: RecordingLimits = .none, replaces: Bool = false,
            logger: Logger? = nil
        ) {
            self.format = format
            self.limits = limits
            self.replaces = replaces
            self.logger = logger
        }
    }

    /// The path that was given.
    public nonisolated let path: String
    private nonisolated let executor = DiskExecutor("MediaRecorder")
    private let recording: Recording
    private let logger: Logger?
    private let clock = ContinuousClock()
    private let origin = ContinuousClock.now
    private var tracks: [MediaStreamTrack] = []
    private var readers: [Task<Void, Never>] = []
    private var stopped: ContinuousClock.Instant?
    /// What was last said in the log.
    private var logged: (files: Int, error: MediaIOError?) = (0, nil)

    // SAFETY: the actor retains the executor, which is only ever used to enqueue on it.
    /// The thread that waits for the disk.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    /// - Parameters:
    ///   - path: of a file in a folder that is there. It is made when the first frames have come.
    ///   - options: what is to be written.
    /// - Throws: ``MediaIOError/format(path:problem:)`` if the name has another extension and no
    ///   format is given, or if a file cannot be made there as far as can be told before.
    public init(path: String, options: Options = Options()) throws(MediaIOError) {
        guard let format = options.format ?? RecordingFormat(path: path) else {
            throw .format(path: path, problem: "its extension is none of .webm, .mkv and .mp4; give a format")
        }
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        guard FileManager.default.isWritableFile(atPath: folder) else {
            throw .format(path: path, problem: "the folder is not there, or nobody may write to it")
        }
        guard options.replaces || options.limits != .none || !FileManager.default.fileExists(atPath: path) else {
            throw .format(
                path: path, problem: "it is there already; allow to replace it (Options.replaces), or name another")
        }
        self.path = path
        logger = options.logger
        recording = Recording(
            path: path, format: format, limits: options.limits, replaces: options.replaces)
    }

    deinit { for reader in readers { reader.cancel() } }

    /// Records a track from here on. Of pictures, a key frame is asked for.
    ///
    /// - Parameter track: a received one, or one that the application feeds; up to 64 of them. One
    ///   that is recorded already goes on.
    /// - Throws: ``MediaIOError/track(id:problem:)``, or ``MediaIOError/stopped(path:)``.
    public func add(_ track: MediaStreamTrack) throws(MediaIOError) {
        guard stopped == nil else { throw .stopped(path: path) }
        // A connection tells of it again when it goes on after a hold.
        guard !tracks.contains(where: { $0 === track }) else { return }
        guard tracks.count < Recording.maximumTracks else {
            throw .track(id: track.id, problem: "\(Recording.maximumTracks) tracks are recorded already")
        }
        let index = recording.trackCount
        tracks.append(track)
        recording.addTrack(isAudio: track.kind == .audio)
        readers.append(track.isLocal ? readFed(track, index) : read(track.frames, index))
        if track.isLocal { track.requestKeyFrameOfSource() }
    }

    private func read(_ frames: EventSequence<MediaFrame>, _ index: Int) -> Task<Void, Never> {
        Task { [weak self] in
            var lost = 0
            for await frame in frames {
                let (before, now) = (lost, frames.lost)
                lost = now
                guard await self?.take(frame, of: index, lost: now - before) ?? false else { return }
            }
            await self?.end(index)
        }
    }

    private func readFed(_ track: MediaStreamTrack, _ index: Int) -> Task<Void, Never> {
        let (items, kept, clock, origin) = (track.fedItems, track.keptItems, clock, origin)
        return Task { [weak self] in
            var (reading, lost) = (FedFrames(), 0)
            func take(_ item: FedItem) async -> Bool {
                let (before, now) = (lost, items.lost)
                lost = now
                for frame in reading.frames(of: item, now: clock.now - origin) {
                    guard await self?.take(frame, of: index, lost: now - before) ?? false else { return false }
                }
                return true
            }
            for item in kept {
                guard await take(item) else { return }
            }
            reading.endKept()
            for await item in items {
                guard await take(item) else { return }
            }
            await self?.end(index)
        }
    }

    /// What has become of it so far.
    public var report: RecordingReport { recording.report }

    /// Writes what has been received, and ends the file. A second call does nothing.
    ///
    /// - Returns: what has become of it.
    /// - Throws: ``MediaIOError/file(_:)`` if the end cannot be written: the file plays as far as
    ///   it goes. If no frame could be written at all, the reason.
    @discardableResult
    public func stop() async throws(MediaIOError) -> RecordingReport {
        guard stopped == nil else { return recording.report }
        stopped = clock.now
        for reader in readers { reader.cancel() }
        for reader in readers { await reader.value }
        try recording.finish()
        return recording.report
    }

    /// - Returns: whether there is to be more.
    private func take(_ frame: MediaFrame, of index: Int, lost: Int) -> Bool {
        let now = clock.now
        // What waited when it was stopped is still written, but not what comes for ever.
        if let stopped, now - stopped > .seconds(1) { return false }
        recording.noteDropped(lost, of: index, now: now - origin)
        recording.append(frame, of: index, arrival: now - origin)
        for wish in recording.takeWishes() { tracks[wish].requestKeyFrameOfSource() }
        log()
        return true
    }

    private func end(_ index: Int) { recording.end(index) }

    private func log() {
        guard let logger else { return }
        let report = recording.report
        if report.fileCount != logged.files, let path = report.files.last {
            logger.info("a recording goes to a file", metadata: ["path": "\(path)"])
        }
        if let error = report.lastError, error != logged.error {
            logger.warning("frames are not recorded", metadata: ["error": "\(error)", "dropped": "\(report.dropped)"])
        }
        logged = (report.fileCount, report.lastError)
    }
}
