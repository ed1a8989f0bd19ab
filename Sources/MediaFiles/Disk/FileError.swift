/// Why a media file could not be read or written.
public enum FileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The system refused.
    ///
    /// - Parameters:
    ///   - operation: what was to be done.
    ///   - path: with which file.
    ///   - errno: the system's number for the reason.
    case system(operation: Operation, path: String, errno: Int32)
    /// What stands in the file, or is to stand there, is not of the format.
    case format(MediaFileError, path: String)

    /// What was to be done with a file.
    public enum Operation: String, Sendable, Hashable {
        /// To open one that is there, or to make one.
        case open
        /// To read from it.
        case read
        /// To write to it.
        case write
        /// To bring it to the disk.
        case synchronize
        /// To close it; what was written before may not have come to the disk.
        case close
    }

    /// Whether the disk is full, or the file is as large as it may be. What was written is whole up
    /// to its end, and writing goes on there once there is room.
    public var isOutOfSpace: Bool {
        if case .system(_, _, let errno) = self { Errno.isOutOfSpace(errno) } else { false }
    }

    /// One sentence that says what was to be done, with which file, and why it was not.
    public var description: String {
        switch self {
        case .system(let operation, let path, let errno):
            "cannot \(operation.rawValue) \(path): \(Errno.text(errno)) (errno \(errno))"
        case .format(let error, let path): "\(path): \(error)"
        }
    }
}
