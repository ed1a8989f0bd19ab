internal import Foundation
internal import MediaIO

/// The recordings of streams: files in one folder.
struct StreamRecordings: Sendable {
    /// A file of the folder.
    struct Entry: Sendable {
        let name: String
        let bytes: Int
        let created: Date
    }

    /// How many files are listed; the newest are.
    private static let mostListed = 1000
    private static let extensions = ["webm", "mkv"]

    let folder: URL
    /// How many bytes all of them may have.
    let space: Int

    /// What is there, the newest first.
    var entries: [Entry] {
        let keys: Set<URLResourceKey> = [.fileSizeKey, .contentModificationDateKey, .isRegularFileKey]
        let urls = try? FileManager.default.contentsOfDirectory(
            at: folder, includingPropertiesForKeys: Array(keys), options: .skipsHiddenFiles)
        let entries = (urls ?? []).compactMap { url -> Entry? in
            guard Self.extensions.contains(url.pathExtension), let values = try? url.resourceValues(forKeys: keys),
                values.isRegularFile == true
            else { return nil }
            return Entry(
                name: url.lastPathComponent, bytes: values.fileSize ?? 0,
                created: values.contentModificationDate ?? .distantPast)
        }
        return Array(entries.sorted { $0.created > $1.created }.prefix(Self.mostListed))
    }

    /// Whether there is no room for more.
    var isFull: Bool { entries.reduce(0) { $0 + $1.bytes } >= space }

    /// Makes a recorder for a file that is not there yet.
    ///
    /// - Parameters:
    ///   - stream: its name begins with that.
    ///   - codecs: what is recorded, such as `video/VP8`.
    func makeRecorder(for stream: String, codecs: [String]) throws -> (name: String, MediaRecorder) {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let fitting = ["video/vp8", "video/vp9", "video/av1", "audio/opus"]
        let kind = codecs.allSatisfy { fitting.contains($0.lowercased()) } ? "webm" : "mkv"
        let stamp = Date().ISO8601Format(.iso8601(timeZone: .gmt, dateSeparator: .omitted, timeSeparator: .omitted))
        let unique = UUID().uuidString.prefix(4).lowercased()
        let name = "\(stream)-\(stamp)-\(unique).\(kind)"
        return (name, try MediaRecorder(path: folder.appendingPathComponent(name).path))
    }

    /// Takes a file away; false where there is none of that name.
    func remove(_ name: String) throws -> Bool {
        guard entries.contains(where: { $0.name == name }) else { return false }
        try FileManager.default.removeItem(at: folder.appendingPathComponent(name))
        return true
    }
}
