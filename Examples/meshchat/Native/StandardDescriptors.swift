import Glibc

/// Standard input, output and error as the system gives them.
enum StandardDescriptors {
    /// Whether standard output was closed when the program started.
    nonisolated static let outputWasClosed = isClosed(STDOUT_FILENO)

    /// Opens what was closed at the start: otherwise the first socket or file of the program would
    /// get its number, and be read as what somebody types. Call it before anything is opened.
    static func fillGaps() {
        _ = outputWasClosed
        for descriptor in STDIN_FILENO...STDERR_FILENO where isClosed(descriptor) {
            // The lowest free number is the one that is missing.
            // SAFETY: the path is read during the call.
            _ = unsafe open("/dev/null", O_RDWR)
        }
    }

    private static func isClosed(_ descriptor: Int32) -> Bool { fcntl(descriptor, F_GETFD) == -1 }

    /// The next bytes of standard input, waiting for them; empty at its end, or when it cannot be
    /// read.
    static func read(atMost count: Int) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: count)
        while true {
            // SAFETY: writes at most `count` bytes into the array.
            let length = unsafe Glibc.read(STDIN_FILENO, &buffer, count)
            if length < 0, errno == EINTR { continue }
            return Array(buffer.prefix(max(0, length)))
        }
    }

    /// Writes all bytes; the error number when they cannot be written.
    static func write(_ bytes: [UInt8], to descriptor: Int32 = STDOUT_FILENO) -> Int32? {
        var start = 0
        while start < bytes.count {
            // SAFETY: reads the bytes from `start` to the end of the array during the call.
            let length = unsafe bytes.withUnsafeBytes { bytes in
                unsafe Glibc.write(descriptor, bytes.baseAddress.map { unsafe $0 + start }, bytes.count - start)
            }
            if length >= 0 {
                start += length
            } else if errno == EAGAIN {
                var descriptors = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                // SAFETY: reads and fills the local structure.
                _ = unsafe poll(&descriptors, 1, -1)
            } else if errno != EINTR {
                return errno
            }
        }
        return nil
    }
}
