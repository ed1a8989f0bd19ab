internal import CDNSSD
internal import Glibc
internal import MulticastDNS

/// The system calls under ``LocalRegistry``.
///
/// A publication is a file whose writer holds an exclusive `flock` on it for as long as it lives:
/// the kernel takes the lock away when the process ends in whatever way, so a file that can be
/// locked is a leftover.
enum RegistryFiles {
    /// More than any advertisement needs; a larger file is not ours.
    static let maximumSize = 65536

    struct Content {
        let fileName: String
        let bytes: [UInt8]
    }

    /// `$XDG_RUNTIME_DIR/swift-webrtc`, or `/tmp/swift-webrtc-<uid>`.
    static var defaultDirectory: String {
        // SAFETY: the string is copied at once.
        if let pointer = unsafe getenv("XDG_RUNTIME_DIR") {
            let path = unsafe String(cString: pointer)
            if path.hasPrefix("/"), unsafe access(path, W_OK) == 0 { return path + "/swift-webrtc" }
        }
        return "/tmp/swift-webrtc-\(geteuid())"
    }

    /// What names the network this process is in. Processes of two network namespaces share files,
    /// but cannot meet.
    static var networkNamespace: String {
        var buffer = [UInt8](repeating: 0, count: 128)
        // SAFETY: writes at most `count` bytes into the array.
        let count = unsafe buffer.withUnsafeMutableBytes { buffer in
            unsafe buffer.baseAddress.map { unsafe readlink("/proc/self/ns/net", $0, buffer.count) } ?? 0
        }
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }

    static var processID: Int32 { getpid() }

    // SAFETY (this file): paths are C strings for the time of the call only.

    /// Makes the directory, and refuses one that others own, may write, or that is a link.
    static func prepare(_ directory: String) throws(DiscoveryError) {
        if unsafe mkdir(directory, 0o700) != 0, errno != EEXIST {
            throw DiscoveryError(.registryUnusable, "the directory \(directory) cannot be made", nativeCode: errno)
        }
        var status = stat()
        // SAFETY: fills the local structure.
        guard unsafe lstat(directory, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid(),
            status.st_mode & 0o077 == 0
        else {
            throw DiscoveryError(
                .registryUnusable,
                "\(directory) is not a directory of this user with mode 0700; remove it or set another one")
        }
    }

    /// Writes the file under another name, locks it and renames it, so that nobody sees a part of
    /// it or finds it unlocked. The descriptor holds the lock; close it after the next version is
    /// in place.
    static func write(_ bytes: [UInt8], to fileName: String, in directory: String) throws(DiscoveryError) -> Int32 {
        let path = directory + "/" + fileName
        let draft = directory + "/." + fileName
        let descriptor = unsafe open(draft, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        // SAFETY: write reads `count` bytes of the array.
        guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0,
            unsafe Glibc.write(descriptor, bytes, bytes.count) == bytes.count, unsafe rename(draft, path) == 0
        else {
            let code = errno
            unsafe unlink(draft)
            close(descriptor)
            throw DiscoveryError(.registryUnusable, "\(path) cannot be written", nativeCode: code)
        }
        return descriptor
    }

    // SAFETY: the path is a string of ours for the time of the call.
    static func remove(_ fileName: String, in directory: String, releasing descriptor: Int32) {
        unsafe unlink(directory + "/" + fileName)
        close(descriptor)
    }

    static func close(_ descriptor: Int32) {
        if descriptor >= 0 { _ = Glibc.close(descriptor) }
    }

    /// The files of living processes; leftovers are removed on the way.
    static func contents(of directory: String) -> [Content] {
        // SAFETY: the stream and an entry's name are valid until the next call on the stream; the
        // name is copied.
        guard let stream = unsafe opendir(directory) else { return [] }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while names.count < 4096, let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name.hasSuffix(".json"), !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted().compactMap { content(of: $0, in: directory) }
    }

    private static func content(of fileName: String, in directory: String) -> Content? {
        let path = directory + "/" + fileName
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        // SAFETY: fstat and lstat fill local structures; read writes at most `count` bytes into the
        // array.
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= maximumSize
        else { return nil }
        if flock(descriptor, LOCK_SH | LOCK_NB) == 0 {
            // A newer version may have replaced this one while we opened it: then the path leads
            // elsewhere by now.
            var current = stat()
            if unsafe lstat(path, &current) == 0, current.st_ino == status.st_ino { unsafe unlink(path) }
            return nil
        }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        let count = unsafe read(descriptor, &bytes, bytes.count)
        return count == bytes.count ? Content(fileName: fileName, bytes: bytes) : nil
    }

    /// Runs `body` while no other process does, as far as that can be had within a tenth of a
    /// second.
    // SAFETY: the path is a string of ours for the time of the call.
    static func locked<Value>(
        _ directory: String, _ body: () throws(DiscoveryError) -> Value
    ) throws(DiscoveryError) -> Value {
        let descriptor = unsafe open(directory + "/.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        defer { close(descriptor) }
        var attempts = 0
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK, attempts < 50 {
            attempts += 1
            usleep(2000)
        }
        return try body()
    }

    /// A descriptor that is readable after a change in the directory; nil when the system has no
    /// more of them.
    static func watch(_ directory: String) -> Int32? {
        // SAFETY: the path is read during the call.
        let descriptor = unsafe rtc_discovery_watch_directory(directory)
        return descriptor >= 0 ? descriptor : nil
    }

    static func drain(_ descriptor: Int32) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        // SAFETY: writes at most `count` bytes into the array.
        while unsafe read(descriptor, &buffer, buffer.count) > 0 {}
    }
}
