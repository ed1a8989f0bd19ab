internal import Glibc

/// A file's content.
enum WholeFile {
    /// nil when it cannot be read, or has more than 16 MiB.
    static func read(_ path: String) -> [UInt8]? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while content.count <= 16 << 20 {
            // SAFETY: read is told the buffer's size.
            let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
            if count == 0 { return content }
            guard count > 0 else { return nil }
            content += buffer[..<count]
        }
        return nil
    }
}
