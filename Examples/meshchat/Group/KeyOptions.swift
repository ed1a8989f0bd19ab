import ArgumentParser
import Foundation
import GroupKeys
import Mesh

/// Which group a chat is of.
struct KeyOptions: ParsableArguments {
    @Option(
        name: .long,
        help: "The group's key: twelve words, or the text of its QR code. Others may see it in the list of processes.")
    var groupKey: String?

    @Option(name: .long, help: "A file with the group's key, as meshchat key --out makes it.")
    var keyFile: String?

    @Option(
        name: .long,
        help: """
            A file with the group's passphrase: with the key, others get it by the passphrase; without, it is got by it.
            """)
    var passphraseFile: String?

    /// The longest file that is read.
    private static let longestFile = 4096

    /// The key that was given; nil where none was.
    func given() throws -> GroupKey? {
        guard groupKey == nil || keyFile == nil else {
            throw ValidationError("give one of --group-key and --key-file")
        }
        if let keyFile { return try Self.key(inFile: keyFile, "--key-file") }
        return try groupKey.map { try Self.key($0, "--group-key") }
    }

    /// The key in a file.
    ///
    /// - Parameter setting: What has named the file, for people.
    static func key(inFile path: String, _ setting: String) throws -> GroupKey { try key(read(path), setting) }

    private static func key(_ text: String, _ source: String) throws -> GroupKey {
        do throws(GroupKeyError) {
            return try GroupKey(reading: text)
        } catch {
            throw ValidationError("\(source): \(error.message)")
        }
    }

    /// The passphrase that was given.
    func passphrase() throws -> String? {
        try passphraseFile.map(Self.read).map { $0.trimmingCharacters(in: .newlines) }
    }

    /// The key that was given, or that the passphrase leads to.
    func key(service: String) async throws -> GroupKey? {
        if let key = try given() { return key }
        guard let passphrase = try passphrase() else { return nil }
        do throws(MeshError) {
            return try await GroupJoin(passphrase: passphrase, serviceType: service).key()
        } catch {
            throw ValidationError("--passphrase-file: \(error.message)")
        }
    }

    private static func read(_ path: String) throws -> String {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw ValidationError("the file \(path) cannot be read")
        }
        defer { try? file.close() }
        let bytes = try file.read(upToCount: longestFile + 1) ?? Data()
        guard bytes.count <= longestFile, let text = String(bytes: bytes, encoding: .utf8) else {
            throw ValidationError("the file \(path) has more than a key or a passphrase in it")
        }
        return text
    }
}
