internal import Glibc

/// A file of the system's. It is closed with this object.
final class FileDescriptor: StoredFile {
    private var descriptor: Int32

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { _ = close() }

    /// Opens a file that is there for reading.
    static func open(_ path: String) throws(FileError) -> FileDescriptor {
        try open(path, O_RDONLY | O_CLOEXEC)
    }

    /// Makes a file for writing.
    ///
    /// - Parameter replaces: whether one that is there is emptied; else it is an error.
    static func create(_ path: String, replaces: Bool) throws(FileError) -> FileDescriptor {
        try open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (replaces ? O_TRUNC : O_EXCL))
    }

    private static func open(_ path: String, _ flags: Int32) throws(FileError) -> FileDescriptor {
        while true {
            // SAFETY: the string is passed as a pointer that is valid for the call.
            let descriptor = unsafe Glibc.open(path, flags, 0o644)
            if descriptor >= 0 { return FileDescriptor(descriptor) }
            guard errno == EINTR else { throw .system(operation: .open, path: path, errno: errno) }
        }
    }

    /// Reads what is next, at most as much as the buffer holds.
    ///
    /// - Returns: how many bytes, 0 at the end.
    func read(into buffer: inout [UInt8]) -> (count: Int, errno: Int32) {
        while true {
            // SAFETY: read is told the buffer's size.
            let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
            if count >= 0 { return (count, 0) }
            guard errno == EINTR else { return (0, errno) }
        }
    }

    func append(_ bytes: [UInt8], from start: Int) -> (count: Int, errno: Int32) {
        // SAFETY: no more is written than the buffer has behind `start`.
        unsafe bytes.withUnsafeBytes { buffer in
            var place = start
            while place < buffer.count {
                let count = unsafe Glibc.write(
                    descriptor, UnsafeRawBufferPointer(rebasing: buffer[place...]).baseAddress, buffer.count - place)
                if count > 0 {
                    place += count
                } else if count == 0 || errno != EINTR {
                    return (place - start, count == 0 ? EIO : errno)
                }
            }
            return (place - start, 0)
        }
    }

    func overwrite(_ patch: MediaFilePatch) -> Int32 {
        // SAFETY: no more is written than the buffer has behind `place`.
        unsafe patch.bytes.withUnsafeBytes { buffer in
            var place = 0
            while place < buffer.count {
                let count = unsafe pwrite(
                    descriptor, UnsafeRawBufferPointer(rebasing: buffer[place...]).baseAddress, buffer.count - place,
                    patch.offset + place)
                if count > 0 {
                    place += count
                } else if count == 0 || errno != EINTR {
                    return count == 0 ? EIO : errno
                }
            }
            return 0
        }
    }

    func synchronize() -> Int32 {
        while fdatasync(descriptor) != 0 {
            // Pipes and devices have nothing to bring to a disk.
            if errno == EINVAL || errno == EROFS { return 0 }
            guard errno == EINTR else { return errno }
        }
        return 0
    }

    func close() -> Int32 {
        guard descriptor >= 0 else { return 0 }
        defer { descriptor = -1 }
        // Linux has closed it even if a signal came (close(2)).
        return Glibc.close(descriptor) == 0 || errno == EINTR ? 0 : errno
    }
}
