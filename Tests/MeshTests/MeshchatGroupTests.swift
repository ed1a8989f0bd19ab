import Foundation
import GroupKeys
import TestSupport
import Testing

@Suite("The chat program in a group", .serialized, .timeLimit(.minutes(2)))
struct MeshchatGroupTests {
    private let service = "_mg\(UInt32.random(in: 0...UInt32.max))._tcp"
    private let runtime = RuntimeDirectory()

    private func chat(_ name: String, _ more: String...) throws -> MeshchatProcess {
        try MeshchatProcess(["--name", name, "--service", service, "--json"] + more, in: runtime)
    }

    @Test("key makes a key as words, a text, a QR code and a file of its owner's")
    func makesKey() async throws {
        let folder = try TestFolder()
        let file = folder.path("team.key")
        let made = try MeshchatProcess(["key", "--out", file, "--qr", "dark"])
        try await made.exits(with: 0)
        try await made.waits { $0.isOver }
        let lines = made.seen.lines
        let words = lines.prefix(2).joined(separator: " ")
        let key = try GroupKey(words: words)
        #expect(lines.contains { $0.contains(key.text) } && lines.count { $0.contains("█") } > 15)
        #expect(try GroupKey(reading: String(decoding: folder.read(file), as: UTF8.self)) == key)
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let again = try MeshchatProcess(["key", "--key-file", file])
        try await again.exits(with: 0)
        try await again.waits { $0.isOver }
        #expect(try GroupKey(words: again.seen.lines.prefix(2).joined(separator: " ")) == key)
        // Nothing is written over.
        try await MeshchatProcess(["key", "--out", file]).exits(with: 64)
        #expect(try GroupKey(reading: String(decoding: folder.read(file), as: UTF8.self)) == key)
    }

    @Test("options that are no key are refused, and the wrong word is named")
    func refuses() async throws {
        for arguments in [
            ["--group-key", "one two three"], ["--key-file", "/nowhere/at/all"], ["--key-file", "/dev/zero"],
            ["--group-key", GroupKey().words, "--key-file", "/dev/null"], ["--passphrase-file", "/dev/null"],
        ] { try await MeshchatProcess(arguments + ["--service", service], in: runtime).exits(with: 64) }
    }

    @Test("members chat, a stranger does not, and /join brings it in; /key shows the key")
    func joins() async throws {
        let folder = try TestFolder()
        let key = GroupKey()
        let file = try folder.write(Array(key.words.utf8), to: "team.key")
        let anna = try chat("anna", "--key-file", file)
        let bert = try chat("bert", "--group-key", key.text)
        let carl = try chat("carl")
        try await anna.waits { $0.connected == ["bert"] }
        try await bert.waits { $0.connected == ["anna"] }
        try await carl.waits { $0.amILeader }
        try anna.type("/key")
        try await anna.waits { $0.lines.contains { $0.contains(key.words) && $0.contains("\"key\"") } }
        try carl.type("/join " + key.words.uppercased())
        try await carl.waits { $0.connected == ["anna", "bert"] }
        try await anna.waits { $0.connected == ["bert", "carl"] }
        try anna.type("welcome")
        try await carl.waits { $0.texts == ["anna: welcome"] }
        for process in [anna, bert, carl] {
            try process.type("/quit")
            #expect([0, 4].contains(try await process.exitCode()))
        }
    }

    @Test("with a passphrase in a file a member hands the key over, and who has the same file joins")
    func passphrase() async throws {
        let folder = try TestFolder()
        let phrase = try folder.write(Array("correct horse battery\n".utf8), to: "phrase")
        let wrong = try folder.write(Array("wrong\n".utf8), to: "wrong")
        let anna = try chat("anna", "--group-key", GroupKey().words, "--passphrase-file", phrase)
        try await anna.waits { $0.amILeader }
        try await chat("eve", "--passphrase-file", wrong).exits(with: 64)
        try await anna.waits { $0.lines.contains { $0.contains("passphrase in vain") } }
        let bert = try chat("bert", "--passphrase-file", phrase)
        try await bert.waits { $0.connected == ["anna"] }
        for process in [anna, bert] {
            try process.type("/quit")
            #expect([0, 4].contains(try await process.exitCode()))
        }
    }
}
