internal import MediaFiles
internal import WebRTC

/// Frames of received tracks on their way into files: which tracks a file has, when another file
/// begins, and who has to be asked for a key frame. It writes through ``RecordingFile``; the time
/// is told.
final class Recording {
    /// How long the first file waits until all tracks have had a frame.
    static let patience: Duration = .seconds(5)
    /// How long another file waits for a key frame to begin with.
    static let keyFramePatience: Duration = .seconds(2)
    /// How long a file waits for a key frame that comes by itself, and from one wish to the next.
    static let keyFrameDistance: Duration = .seconds(1)
    /// Bytes of frames that wait for that.
    static let maximumHeld = 16 << 20
    /// Frames of a track whose time has to be found out.
    static let maximumDoubtful = 64
    static let maximumTracks = 64

    /// What all frames of a track have in common in a file.
    private struct Shape: Hashable {
        var codec: MediaFileCodec
        /// By how many degrees pictures are turned.
        var rotation: Int

        init?(_ frame: MediaFrame) {
            guard let codec = MediaFileCodec(mediaType: frame.codec) else { return nil }
            (self.codec, rotation) = (codec, frame.rotation)
        }
    }

    private struct Track {
        let isAudio: Bool
        /// As its last frame is.
        var shape: Shape?
        var codec: MediaFileCodec? { shape?.codec }
        /// Its place in the file, and what it is there.
        var place: (index: Int, shape: Shape)?
        /// Pictures cannot be decoded before the next key frame.
        var awaitsKeyFrame = false
        var lastWish: Duration?
        var layers = LayerChoice()
        var isOver = false
        /// Frames whose time is not known yet.
        var doubtful: [(frame: MediaFrame, arrival: Duration)] = []
    }

    private let path: String
    private let format: RecordingFormat
    private let limits: RecordingLimits
    private let replaces: Bool
    private var tracks: [Track] = []
    private var timeline = RecordingTimeline()
    private var file: RecordingFile<RecordingWriter>?
    private var held: [(frame: MediaFrame, track: Int, arrival: Duration)] = []
    private var heldBytes = 0
    /// Since when another file is wanted, as the tracks have changed.
    private var changeWish: Duration?
    private var changes = FileChanges()
    /// Where the file began, on the recording's time.
    private var start: Duration?
    /// Since when the file waits for a key frame.
    private var waitsSince: Duration?
    private var wishes: Set<Int> = []
    private(set) var report = RecordingReport()

    init(path: String, format: RecordingFormat, limits: RecordingLimits, replaces: Bool) {
        self.path = path
        self.format = format
        self.limits = limits
        self.replaces = replaces
    }

    /// How many tracks there are.
    var trackCount: Int { tracks.count }

    /// Adds a track, which has the next number.
    func addTrack(isAudio: Bool) {
        tracks.append(Track(isAudio: isAudio))
        timeline.addTrack(isAudio: isAudio)
    }

    /// Nothing more comes of a track.
    func end(_ index: Int) {
        settle(index)
        tracks[index].isOver = true
    }

    /// The tracks that are to be asked for a key frame, once.
    func takeWishes() -> Set<Int> {
        defer { wishes = [] }
        return wishes
    }

    /// Counts frames that never came here.
    func noteDropped(_ count: Int, of index: Int, now: Duration) {
        guard count > 0 else { return }
        report.dropped += count
        if !tracks[index].isAudio { askForKeyFrame(of: index, now: now) }
    }

    /// Takes a frame.
    func append(_ frame: MediaFrame, of index: Int, arrival: Duration) {
        report.lostPackets += frame.lostPackets
        guard !frame.data.isEmpty else { return }
        guard let codec = MediaFileCodec(mediaType: frame.codec), format.codecs.contains(codec) else {
            refuse(.codec(frame.codec, path: path, allowed: format.codecs.map(\.mediaType)))
            return
        }
        guard isChosen(frame, codec, of: index, arrival: arrival) else { return }
        tracks[index].shape = Shape(frame)
        if file == nil {
            held.append((frame, index, arrival))
            heldBytes += frame.data.count + 128
            let waited = arrival - (held.first?.arrival ?? arrival)
            guard
                tracks.allSatisfy({ $0.codec != nil || $0.isOver }) || waited >= Self.patience
                    || heldBytes >= Self.maximumHeld
            else { return }
            begin()
        } else {
            write(frame, of: index, arrival: arrival)
        }
    }

    /// Whether it is of the size of the picture that is recorded.
    private func isChosen(_ frame: MediaFrame, _ codec: MediaFileCodec, of index: Int, arrival: Duration) -> Bool {
        guard !tracks[index].isAudio else { return true }
        switch tracks[index].layers.decide(on: frame, codec: codec, now: arrival) {
        case .left: return false
        case .awaitsKeyFrame:
            report.awaitedKeyFrame += 1
            askForKeyFrame(of: index, now: arrival)
            return false
        case .taken:
            // A file that has not begun begins with the size that has turned out to be the one.
            if let last = held.last(where: { $0.track == index }), last.frame.streamID != frame.streamID {
                heldBytes -= held.reduce(0) { $0 + ($1.track == index ? $1.frame.data.count + 128 : 0) }
                held.removeAll { $0.track == index }
            }
            return true
        }
    }

    /// Ends the file.
    func finish() throws(MediaIOError) {
        if file == nil, !held.isEmpty { begin() }
        for index in tracks.indices { settle(index) }
        do throws(FileError) {
            try file?.finish()
        } catch {
            throw .file(error)
        }
        file = nil
        held = []
        if let error = report.lastError, report.frames == 0 { throw error }
    }

    // MARK: Files

    private func begin() {
        let waiting = held
        (held, heldBytes) = ([], 0)
        // The file is for what comes first, and others get their turn.
        for (frame, index, _) in waiting.reversed() { tracks[index].shape = Shape(frame) }
        guard openFile() else {
            // It is tried again with the frames that follow.
            report.dropped += waiting.count
            return
        }
        for (frame, index, arrival) in waiting { write(frame, of: index, arrival: arrival) }
    }

    /// Makes the first file, or another one with the tracks that there are now.
    private func openFile() -> Bool {
        let present = tracks.indices.filter { tracks[$0].codec != nil && !tracks[$0].isOver }
        let described = present.compactMap { index in
            tracks[index].shape.map { shape in
                shape.codec.isVideo
                    ? MediaFileTrack.video(shape.codec, rotation: shape.rotation)
                    : .audio(shape.codec, channels: channels(of: shape.codec))
            }
        }
        do throws(MediaFileError) {
            let writer = try RecordingWriter(format, tracks: described)
            do throws(FileError) {
                if let file {
                    try file.change(to: writer)
                } else {
                    file = try RecordingFile(path: path, writer: writer, limits: limits, replaces: replaces)
                }
            } catch {
                note(.file(error))
                return false
            }
        } catch {
            note(.file(.format(error, path: path)))
            return false
        }
        for index in tracks.indices { tracks[index].place = nil }
        for (place, index) in present.enumerated() {
            tracks[index].place = tracks[index].shape.map { (place, $0) }
        }
        (changeWish, start) = (nil, nil)
        noteFile()
        return true
    }

    /// WebRTC's Opus may be stereo at any time (RFC 7587 §7).
    private func channels(of codec: MediaFileCodec) -> Int { codec == .opus ? 2 : 1 }

    private func noteFile() {
        guard let file, report.files.last != file.path else { return }
        report.note(file: file.path)
        (start, waitsSince) = (nil, nil)
    }

    /// Whether the tracks are others than those of the file.
    private var isChangeWanted: Bool {
        tracks.contains { $0.shape != nil && $0.shape != $0.place?.shape && !$0.isOver }
    }

    /// Whether the file has the track as it is now, or another one has been made that does. If not,
    /// the old file goes on with those that it has.
    private func hasPlace(for frame: MediaFrame, of index: Int, arrival: Duration) -> Bool {
        tracks[index].shape = Shape(frame)
        let fits = tracks[index].place.map { $0.shape.codec == tracks[index].codec } ?? false
        guard isChangeWanted else {
            changeWish = nil
            return fits
        }
        guard !changes.isExhausted else {
            if !fits { noteExhaustion() }
            return fits
        }
        let since = changeWish ?? arrival
        changeWish = since
        let hasVideo = tracks.contains { $0.codec?.isVideo == true && !$0.isOver }
        let isKeyFrame = frame.isKeyFrame && !tracks[index].isAudio
        // Where all fit the file, and are only to be turned, it goes on until a key frame comes.
        let allFit = !tracks.contains { $0.codec != nil && $0.codec != $0.place?.shape.codec && !$0.isOver }
        if changes.allows(at: arrival), !hasVideo || isKeyFrame || !allFit && arrival - since >= Self.keyFramePatience {
            guard openFile() else { return false }
            changes.note(at: arrival)
            for other in tracks.indices where other != index || !isKeyFrame {
                askForKeyFrame(of: other, now: arrival)
            }
            return true
        }
        for other in tracks.indices { askForKeyFrame(of: other, now: arrival) }
        return fits
    }

    private func write(_ frame: MediaFrame, of index: Int, arrival: Duration) {
        guard let first = tracks[index].doubtful.first?.arrival else {
            guard timeline.isDoubtful(frame, track: index, arrival: arrival) else {
                return place(frame, of: index, arrival: arrival)
            }
            tracks[index].doubtful = [(frame, arrival)]
            return
        }
        tracks[index].doubtful.append((frame, arrival))
        if arrival - first >= RecordingTimeline.doubt || tracks[index].doubtful.count >= Self.maximumDoubtful {
            settle(index)
        }
    }

    /// Writes what has waited until its time is known.
    private func settle(_ index: Int) {
        let waiting = tracks[index].doubtful
        guard !waiting.isEmpty else { return }
        tracks[index].doubtful = []
        timeline.settle(waiting, track: index)
        for (frame, arrival) in waiting { place(frame, of: index, arrival: arrival) }
    }

    private func place(_ frame: MediaFrame, of index: Int, arrival: Duration) {
        let time = timeline.time(of: frame, track: index, arrival: arrival)
        guard hasPlace(for: frame, of: index, arrival: arrival), let file, let place = tracks[index].place else {
            report.dropped += 1
            return
        }
        if tracks[index].awaitsKeyFrame {
            guard frame.isKeyFrame else {
                report.awaitedKeyFrame += 1
                askForKeyFrame(of: index, now: arrival)
                return
            }
            tracks[index].awaitsKeyFrame = false
        }
        do throws(FileError) {
            try append(
                MediaFileFrame(
                    bytes: frame.data, timestamp: time, isKeyFrame: frame.isKeyFrame, track: place.index),
                to: file, now: arrival)
            report.frames += 1
        } catch {
            switch error {
            case .format(.formatChanged, _) where !changes.isExhausted, .format(.leftOut, _) where !changes.isExhausted:
                // It is too soon after the last one.
                break
            case .format(.formatChanged, _), .format(.leftOut, _): noteExhaustion()
            default: note(.file(error))
            }
            leaveOut(index, now: arrival)
        }
        noteFile()
        lookAtKeyFrames(file, time, now: arrival)
    }

    /// Writes a frame, in another file if it needs one and that may begin now.
    private func append(
        _ frame: MediaFileFrame, to file: RecordingFile<RecordingWriter>, now: Duration
    ) throws(FileError) {
        do throws(FileError) {
            try file.append(frame, beginsAnother: false)
        } catch {
            switch error {
            case .format(.formatChanged, _), .format(.leftOut, _):
                guard changes.allows(at: now) else { throw error }
                let count = file.fileCount
                defer { if file.fileCount > count { changes.note(at: now) } }
                try file.append(frame)
            default: throw error
            }
        }
    }

    /// A frame is dropped; pictures that follow can only be decoded from a key frame on.
    private func leaveOut(_ index: Int, now: Duration) {
        report.dropped += 1
        guard !tracks[index].isAudio else { return }
        tracks[index].awaitsKeyFrame = true
        askForKeyFrame(of: index, now: now)
    }

    /// A file that waits for key frames, or is full, gets them sooner if they are asked for. That
    /// is done when none has come by itself for a while: a source that cannot make one would send
    /// what it has sent before.
    private func lookAtKeyFrames(_ file: RecordingFile<RecordingWriter>, _ time: Duration, now: Duration) {
        if start == nil { start = time }
        let isFull =
            limits.size.map { file.size >= $0 } ?? false
            || limits.duration.map { time - (start ?? time) >= $0 } ?? false
        guard isFull || !file.awaitedTracks.isEmpty else {
            waitsSince = nil
            return
        }
        let since = waitsSince ?? now
        waitsSince = since
        guard now - since >= Self.keyFrameDistance else { return }
        let awaited = isFull ? nil : Set(file.awaitedTracks)
        for index in tracks.indices {
            guard let place = tracks[index].place?.index, awaited?.contains(place) ?? true else { continue }
            askForKeyFrame(of: index, now: now)
        }
    }

    private func askForKeyFrame(of index: Int, now: Duration) {
        guard !tracks[index].isAudio, !tracks[index].isOver else { return }
        guard tracks[index].lastWish.map({ now - $0 >= Self.keyFrameDistance }) ?? true else { return }
        tracks[index].lastWish = now
        wishes.insert(index)
    }

    private func refuse(_ error: MediaIOError) {
        report.dropped += 1
        note(error)
    }

    private func noteExhaustion() { note(.fileChanges(path: path, maximum: FileChanges.maximumCount)) }

    private func note(_ error: MediaIOError) { report.lastError = error }
}
