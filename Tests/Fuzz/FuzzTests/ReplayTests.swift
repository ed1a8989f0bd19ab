import Foundation
import Testing

/// What the fuzzer begins with, and what it has found before, through the same entries: see Docs/Testing.md.
@Suite("Replayed inputs of the fuzzer")
struct ReplayTests {
    private static let corpora = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Corpora")

    @Test("every input that is kept does no harm", arguments: FuzzTarget.all.map(\.name).filter { $0 != "association" })
    func replay(name: String) throws { try Self.replay(name) }

    @Test(
        "nor do those of associations",
        .enabled(
            if: ProcessInfo.processInfo.environment["RTC_SIMULATED_TIME"] != nil,
            "they move the clock of every association in the process; run: make test FILTER=FuzzTests"))
    func replayAssociations() throws { try Self.replay("association") }

    private static func replay(_ name: String) throws {
        let target = try #require(FuzzTarget.named(name))
        let files = try FileManager.default.contentsOfDirectory(
            at: corpora.appending(path: name), includingPropertiesForKeys: nil)
        #expect(!files.isEmpty)
        for file in files {
            let bytes = try bytes(of: file)
            #expect(throws: Never.self, "\(file.lastPathComponent)") { try target.run(bytes) }
            // Half of an input is another one.
            #expect(throws: Never.self, "the first half of \(file.lastPathComponent)") {
                try target.run(Array(bytes.prefix(bytes.count / 2)))
            }
        }
    }

    @Test("each folder of inputs has a target")
    func folders() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: Self.corpora.path())
        #expect(Set(folders) == Set(FuzzTarget.all.map(\.name)))
    }

    /// Files that end in `.hex` are bytes as hexadecimal digits, with comments behind `#`; all others are taken as they are.
    private static func bytes(of file: URL) throws -> [UInt8] {
        let content = Array(try Data(contentsOf: file))
        guard file.pathExtension == "hex" else { return content }
        let lines = String(decoding: content, as: UTF8.self).split(separator: "\n")
        let digits = Array(lines.map { $0.prefix { $0 != "#" } }.joined().utf8.filter { $0 != 0x20 })
        return try stride(from: 0, to: digits.count, by: 2).map { index in
            try #require(
                UInt8(String(decoding: digits[index..<min(index + 2, digits.count)], as: UTF8.self), radix: 16))
        }
    }
}
