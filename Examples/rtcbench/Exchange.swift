import Foundation

/// Files in a directory as the signaling between two processes.
struct Exchange {
    let directory: String

    /// Written under another name and renamed, so that the other end never reads half of it.
    func write(_ text: String, to name: String) throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let file = URL(fileURLWithPath: directory).appendingPathComponent(name)
        try Data(text.utf8).write(to: file, options: .atomic)
    }

    /// Waits for a file and returns what it holds.
    func read(_ name: String) async throws -> String {
        let file = URL(fileURLWithPath: directory).appendingPathComponent(name)
        while !FileManager.default.fileExists(atPath: file.path) { try await Task.sleep(for: .milliseconds(10)) }
        return try String(contentsOf: file, encoding: .utf8)
    }
}
