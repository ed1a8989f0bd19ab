/// A recording on disk: frames are written by a format's writer, at once and with write(2), so that
/// no more is lost than what the format holds back when the process is killed.
///
/// It goes on in another file when one is full (``RecordingLimits``), and when a key frame needs
/// another description than stands at the beginning of the file, as after a change of the size of
/// H.264, or is of a track that the file began without. The first file has the path that was given;
/// another has a number in front of the extension: `a.webm`, `a-0002.webm`. With limits the first
/// is `a-0001.webm`, and numbers that are taken are passed over.
///
/// When the system refuses to write, as when the disk is full, what has been written stays, and
/// what was to be written is kept: the next call tries again where it stopped, and takes no other
/// frame before that has succeeded. So a player finds all frames or the file's end, and never a
/// hole.
///
/// It is a class that is not Sendable, and no actor: the calls block while the disk does, and the
/// owner decides which thread that may be (an actor of its own, a thread, a queue); frames arrive
/// there anyway, and there is nothing to be said between two of them.
public final class RecordingFile<Writer: MediaFileWriter> {
    /// The file that is written, or was last.
    public private(set) var path: String
    /// How many files have been begun.
    public private(set) var fileCount = 0
    /// How many bytes have been written to the file.
    public private(set) var size = 0

    private let givenPath: String
    private let limits: RecordingLimits
    private let replaces: Bool
    /// What each file begins with.
    private var fresh: Writer
    private var writer: Writer
    private let create: (String, Bool) throws(FileError) -> any StoredFile
    private var file: (any StoredFile)?
    private var output = MediaFileOutput()
    /// How many of the output's bytes and patches have been written.
    private var (writtenBytes, writtenPatches) = (0, 0)
    private var number = 0
    /// The time of the first frame of the file.
    private var start: Duration?
    private var isEnding = false
    private var isFinished = false

    /// Makes the first file.
    ///
    /// - Parameters:
    ///   - path: of a file in a folder that is there.
    ///   - writer: one that has written nothing.
    ///   - limits: when to go on in another file.
    ///   - replaces: whether a file that is there already is replaced; else it is an error, or with
    ///     limits its number is passed over.
    /// - Throws: ``FileError`` if the file cannot be made.
    public convenience init(
        path: String, writer: Writer, limits: RecordingLimits = .none, replaces: Bool = false
    ) throws(FileError) {
        try self.init(path: path, writer: writer, limits: limits, replaces: replaces) {
            path, replaces throws(FileError) in
            try FileDescriptor.create(path, replaces: replaces)
        }
    }

    init(
        path: String, writer: Writer, limits: RecordingLimits, replaces: Bool,
        create: @escaping (String, Bool) throws(FileError) -> any StoredFile
    ) throws(FileError) {
        self.path = path
        givenPath = path
        fresh = writer
        self.writer = writer
        self.limits = limits
        self.replaces = replaces
        self.create = create
        try begin()
    }

    /// Writes a frame, in another file if it is time for one.
    ///
    /// - Parameters:
    ///   - frame: the next.
    ///   - beginsAnother: whether another file may begin as the frame needs another description
    ///     than the one of this file; else it is refused, and this one goes on.
    /// - Returns: the path of a file that has been finished, if one has.
    /// - Throws: ``FileError/format(_:path:)`` for a frame that the format has no place for: the
    ///   next may follow. ``FileError/system(operation:path:errno:)`` if the system still refuses
    ///   to write what came before, or to make another file: the frame has not been taken, and may
    ///   be tried again. A frame that has been taken is kept until it is written.
    @discardableResult
    public func append(_ frame: MediaFileFrame, beginsAnother: Bool = true) throws(FileError) -> String? {
        guard !isFinished else { throw .format(.finished, path: path) }
        var finished: String?
        if isEnding { finished = try end() }
        if file == nil { try begin() }
        try flush()
        if isFull(at: frame), writer.canBegin(with: frame) {
            finished = try end() ?? finished
            try begin()
        }
        do throws(MediaFileError) {
            try writer.append(frame, to: &output)
        } catch {
            switch error {
            case .formatChanged where beginsAnother, .leftOut where beginsAnother:
                finished = try end() ?? finished
                try begin()
                try appendToFresh(frame)
            default: throw .format(error, path: path)
            }
        }
        if start == nil { start = frame.timestamp }
        // What is refused now is tried again by the next call, which says so.
        try? flush()
        return finished
    }

    /// Goes on in another file that another writer writes, as when there are other tracks.
    ///
    /// - Parameter writer: one that has written nothing, for this file and those that follow.
    /// - Returns: the path of the file that has been finished, if one has.
    /// - Throws: ``FileError/system(operation:path:errno:)`` if the end of the file cannot be
    ///   written, or another one not be made: it may be called again.
    @discardableResult
    public func change(to writer: Writer) throws(FileError) -> String? {
        guard !isFinished else { throw .format(.finished, path: path) }
        let finished = try end()
        let former = fresh
        fresh = writer
        do throws(FileError) {
            try begin()
        } catch {
            // What follows is still of the former tracks.
            fresh = former
            throw error
        }
        return finished
    }

    /// Tracks of video whose first key frame the file waits for, from 0: their senders can be asked
    /// for one.
    public var awaitedTracks: [Int] { writer.awaitedTracks }

    /// Whether something that was to be written has been refused, and waits for the next call.
    public var isHolding: Bool { !output.isEmpty || isEnding }

    /// Brings what has been written to the disk (fdatasync(2)), so that it is there after a failure
    /// of the machine, too.
    ///
    /// - Throws: ``FileError/system(operation:path:errno:)``.
    public func synchronize() throws(FileError) {
        try flush()
        try check(file?.synchronize() ?? 0, .synchronize)
    }

    /// Writes what the format held back and what its end tells, and closes the file. If it fails it
    /// may be called again; without it, the file plays as far as it has been written.
    ///
    /// - Parameter synchronizes: whether the file is brought to the disk before it is closed.
    /// - Throws: ``FileError/system(operation:path:errno:)``.
    public func finish(synchronizes: Bool = true) throws(FileError) {
        isFinished = true
        _ = try end(synchronizes: synchronizes)
    }

    private func appendToFresh(_ frame: MediaFileFrame) throws(FileError) {
        do throws(MediaFileError) {
            try writer.append(frame, to: &output)
        } catch {
            throw .format(error, path: path)
        }
    }

    private func isFull(at frame: MediaFileFrame) -> Bool {
        guard let start else { return false }
        if let limit = limits.size, size >= limit { return true }
        if let limit = limits.duration, frame.timestamp - start >= limit { return true }
        return false
    }

    /// Makes the next file.
    private func begin() throws(FileError) {
        let isNumbered = limits != .none || fileCount > 0
        var attempts = 0
        while true {
            number += 1
            let path = isNumbered ? Self.numbered(givenPath, number) : givenPath
            do throws(FileError) {
                file = try create(path, replaces)
                self.path = path
                break
            } catch {
                attempts += 1
                guard isNumbered, attempts < 10_000, case .system(_, _, Errno.exists) = error else {
                    number -= 1
                    throw error
                }
            }
        }
        fileCount += 1
        writer = fresh
        (size, start) = (0, nil)
    }

    /// The path with a number in front of its extension.
    static func numbered(_ path: String, _ number: Int) -> String {
        let digits = String(number)
        let text = "-" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        let name = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        // A name that begins with a dot has no extension by that.
        guard let dot = path[name...].lastIndex(of: "."), dot > name else { return path + text }
        return path[..<dot] + text + path[dot...]
    }

    /// - Returns: the path, if a file has been finished.
    private func end(synchronizes: Bool = false) throws(FileError) -> String? {
        guard let file else { return nil }
        if !isEnding {
            isEnding = true
            writer.finish(to: &output)
        }
        try flush()
        if synchronizes { try check(file.synchronize(), .synchronize) }
        self.file = nil
        isEnding = false
        try check(file.close(), .close)
        return path
    }

    /// Writes what there is, and keeps what is refused.
    private func flush() throws(FileError) {
        guard let file else { return }
        if writtenBytes < output.bytes.count {
            let (count, errno) = file.append(output.bytes, from: writtenBytes)
            writtenBytes += count
            size += count
            try check(errno, .write)
        }
        // They go where bytes have been written.
        while writtenPatches < output.patches.count {
            try check(file.overwrite(output.patches[writtenPatches]), .write)
            writtenPatches += 1
        }
        output.removeAll()
        (writtenBytes, writtenPatches) = (0, 0)
    }

    private func check(_ errno: Int32, _ operation: FileError.Operation) throws(FileError) {
        guard errno == 0 else { throw .system(operation: operation, path: path, errno: errno) }
    }
}
