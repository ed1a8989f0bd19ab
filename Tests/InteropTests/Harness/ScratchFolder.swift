import Foundation

/// A folder of a test's own, which goes with it.
final class ScratchFolder: Sendable {
    let folder: String

    init() throws {
        folder = NSTemporaryDirectory() + "examples-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func path(_ name: String) -> String { folder + "/" + name }
}
