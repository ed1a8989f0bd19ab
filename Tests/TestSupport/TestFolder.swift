import Foundation

/// A folder of a test's own, which goes with it.
package final class TestFolder: Sendable {
    package let folder: String

    package init() throws {
        folder = NSTemporaryDirectory() + "test-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Where a file of this name is, or would be.
    package func path(_ name: String) -> String { folder + "/" + name }

    package func read(_ path: String) throws -> [UInt8] {
        // FileManager.contents(atPath:) of Foundation 6.3 loses memory, as the address sanitizer sees.
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? file.close() }
        return Array(try file.readToEnd() ?? Data())
    }

    /// Where the file is.
    package func write(_ bytes: [UInt8], to name: String) throws -> String {
        let path = path(name)
        guard FileManager.default.createFile(atPath: path, contents: Data(bytes)) else {
            throw CocoaError(.fileWriteUnknown)
        }
        return path
    }
}
