import Glibc

/// A file that only its owner reads.
enum PrivateFile {
    /// Makes a file that is not there yet.
    ///
    /// - Returns: Why it could not be made, for people; nil when it was.
    static func make(_ path: String, _ bytes: [UInt8]) -> String? {
        // SAFETY: the path ends with a zero and lives through the call; the descriptor is ours
        // until it is closed.
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return reason(errno) }
        defer { close(descriptor) }
        return StandardDescriptors.write(bytes, to: descriptor).map(reason)
    }

    private static func reason(_ code: Int32) -> String {
        // SAFETY: the text is the system's, and is copied at once.
        unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
    }
}
