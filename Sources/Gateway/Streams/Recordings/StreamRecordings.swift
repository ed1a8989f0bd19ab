internal import Foundation
internal import MediaIO

/// The recordings of streams: files in one folder.
struct StreamRecordings: Sendable {
    /// A file of the folder.
    struct Entry: Sendable {
        let name: String
        let bytes: Int
        let changed: Date
    }

    private static let extensions = ["webm", "mkv"]

    let folder: URL
    /// How many bytes all of them may have.
    let space: Int

    /// What is there, the newest first. It reads the folder, which may take a while.
    @concurrent
    func entries() async -> [Entry] {
        let keys: Set<URLResourceKey> = [.fileSizeKey, .contentModificationDateKey, .isRegularFileKey]
        let urls = try? FileManager.default.contentsOfDirectory(
            at: folder, includingPropertiesForKeys: Array(keys))
        let entries = (urls ?? []).compactMap { url -> Entry? in
            guard Self.extensions.contains(url.pathExtension), let values = try? url.resourceValues(forKeys: keys),
                values.isRegularFile == true
            else { return nil }
            return Entry(
                name: url.lastPathComponent, bytes: values.fileSize ?? 0,
                changed: values.contentModificationDate ?? .distantPast)
        }
        return entries.sorted { $0.changed > $1.changed }
    }

    /// Whether there is no room for more.
    func isFull() async -> Bool { await entries().reduce(0) { $0 + $1.bytes } >= space }

    /// Makes a recorder for a file that is not there yet.
    ///
    /// - Parameters:
    ///   - stream: its name begins with that.
    ///   - codecs: what is recorded, such as `video/VP8`.
    @concurrent
    func makeRecorder(for stream: String, codecs: [String]) async throws -> (name: String, MediaRecorder) {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let fitting = ["video/vp8", "video/vp9", "video/av1", "audio/opus"]
        let kind = codecs.allSatisfy { fitting.contains($0.lowercased()) } ? "webm" : "mkv"
        let stamp = Date().ISO8601Format(.iso8601(timeZone: .gmt, dateSeparator: .omitted, timeSeparator: .omitted))
        let unique = UUID().uuidString.prefix(4).lowercased()
        // No file that is hidden.
        let begin = stream.hasPrefix(".") ? "_" + stream.dropFirst() : stream
        let name = "\(begin)-\(stamp)-\(unique).\(kind)"
        return (name, try MediaRecorder(path: folder.appendingPathComponent(name).path))
    }

    /// Takes a file away; false where there is none of that name.
    @concurrent
    func remove(_ name: String) async throws -> Bool {
        guard await entries().contains(where: { $0.name == name }) else { return false }
        try FileManager.default.removeItem(at: folder.appendingPathComponent(name))
        return true
    }
}
