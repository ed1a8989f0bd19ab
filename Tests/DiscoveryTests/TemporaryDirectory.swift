import Foundation

/// A path for a registry of one test; what is there is removed with the object.
final class TemporaryDirectory: Sendable {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("discovery-\(UUID().uuidString)").path

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func make(mode: Int = 0o700) throws {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: mode])
    }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/" + name))
    }

    var fileNames: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] }
}
