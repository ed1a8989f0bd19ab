import Crypto
import Foundation
import Logging
import Signaling
import Synchronization
import TestSupport
import Testing

@testable import Tokens

@Suite("a file with a JWK Set is followed as it changes", .timeLimit(.minutes(1)))
struct KeyFileTests {
    private let folder: TestFolder
    private let clock = TestClock()
    private let log = TestLog()
    private let old = P256.Signing.PrivateKey()
    private let new = P256.Signing.PrivateKey()

    init() throws { folder = try TestFolder() }

    private var path: String { folder.path("keys.json") }
    private var oldToken: String { get throws { try TestSigner.es256(old).token(keyID: "old") } }
    private var newToken: String { get throws { try TestSigner.es256(new).token(keyID: "new") } }

    /// Puts keys of these names into the file: `old` and `new` are the tests' keys.
    private func write(_ names: String...) throws {
        let keys = names.map { TestJWKS.p256(($0 == "old" ? old : new).publicKey, keyID: $0) }
        _ = try folder.write(TestJWKS.bytes(keys), to: "keys.json")
    }

    private func tokens() async throws -> JSONWebTokens {
        try await JSONWebTokens(keys: .jwksFile(path), logger: log.logger, now: clock.now)
    }

    @Test("a token of a new key is let in as soon as the key stands in the file")
    func rotation() async throws {
        try write("old")
        let tokens = try await tokens()
        #expect(await tokens.refusal(of: try oldToken) == nil)
        #expect(await tokens.refusal(of: try newToken) == .wrongKey)
        try write("old", "new")
        #expect(await tokens.refusal(of: try newToken) == nil)
        #expect(await tokens.refusal(of: try oldToken) == nil)
        #expect(log.lines == ["info: the JWK Set was read again"])
    }

    @Test("a key that was taken out is good for another second at most")
    func withdrawal() async throws {
        try write("old", "new")
        let tokens = try await tokens()
        #expect(await tokens.refusal(of: try oldToken) == nil)
        try write("new")
        clock.advance(by: .milliseconds(999))
        #expect(await tokens.refusal(of: try oldToken) == nil)
        clock.advance(by: .milliseconds(1))
        #expect(await tokens.refusal(of: try oldToken) == .wrongKey)
    }

    @Test("however many strangers ask, the file is read once a second")
    func pace() async throws {
        try write("old")
        let tokens = try await tokens()
        let stranger = try TestSigner.es256(new).token(keyID: "stranger")
        func ask() async {
            await withTaskGroup { group in
                for _ in 0..<100 { group.addTask { _ = await tokens.refusal(of: stranger) } }
            }
        }
        await ask()
        #expect(log.lines.isEmpty, "it has not changed")
        for (count, step) in [(1, 0), (1, 999), (2, 1), (2, 500), (3, 500)] {
            clock.advance(by: .milliseconds(step))
            // Each text has another length than the one before, so that the change shows at once.
            _ = try folder.write(Array(repeating: 0x20, count: log.lines.count * 10 + step + 1), to: "keys.json")
            await ask()
            #expect(log.lines.count == count)
        }
        #expect(await tokens.refusal(of: try oldToken) == nil)
    }

    @Test("those who come while it is read wait for what it says")
    func waiting() async throws {
        try write("old")
        let tokens = try await tokens()
        try write("new")
        let token = try newToken
        let refusals = await withTaskGroup(of: TokenError.Code?.self) { group in
            for _ in 0..<50 { group.addTask { await tokens.refusal(of: token) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(refusals.allSatisfy { $0 == nil })
        #expect(log.lines.count == 1)
    }

    @Test("while the file is broken the keys stay that were there, and each change is reported once")
    func broken() async throws {
        try write("old")
        let tokens = try await tokens()
        let steps: [@Sendable () throws -> Void] = [
            { [folder] in _ = try folder.write(Array("{\"keys\":[".utf8), to: "keys.json") },
            { [folder] in _ = try folder.write(TestJWKS.bytes([]), to: "keys.json") },
            { [folder] in _ = try folder.write(Array(repeating: 0x20, count: 262_145), to: "keys.json") },
            { [path] in try FileManager.default.removeItem(atPath: path) },
        ]
        for (index, step) in steps.enumerated() {
            try step()
            for _ in 0..<3 {
                clock.advance(by: .seconds(1))
                #expect(await tokens.refusal(of: try oldToken) == nil)
                #expect(await tokens.refusal(of: try newToken) == .wrongKey)
            }
            #expect(
                log.lines
                    == Array(
                        repeating: "warning: the JWK Set has changed and cannot be used; the keys before stay",
                        count: index + 1))
        }
        try write("new")
        clock.advance(by: .seconds(1))
        #expect(await tokens.refusal(of: try newToken) == nil)
        #expect(await tokens.refusal(of: try oldToken) == .wrongKey)
    }

    @Test("a change that keeps the size, or the time, or the name behind a link is seen")
    func smallChanges() async throws {
        try write("old")
        let tokens = try await tokens()
        let time = try #require(
            FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date)
        // Another file of the same size and time takes this one's place.
        let bytes = TestJWKS.bytes([TestJWKS.p256(new.publicKey, keyID: "new")])
        try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
        try FileManager.default.setAttributes([.modificationDate: time], ofItemAtPath: path)
        #expect(await tokens.refusal(of: try newToken) == nil)
        // The same file and size, at another time.
        clock.advance(by: .seconds(1))
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try file.write(contentsOf: TestJWKS.bytes([TestJWKS.p256(old.publicKey, keyID: "old")]))
        try file.close()
        try FileManager.default.setAttributes(
            [.modificationDate: time.addingTimeInterval(5)], ofItemAtPath: path)
        #expect(await tokens.refusal(of: try oldToken) == nil)
    }

    @Test("a link that comes to lead elsewhere is a change, as where secrets are mounted")
    func links() async throws {
        for (name, key, keyID) in [("1", old, "old"), ("2", new, "new")] {
            try FileManager.default.createDirectory(atPath: folder.path(name), withIntermediateDirectories: true)
            _ = try folder.write(
                TestJWKS.bytes([TestJWKS.p256(key.publicKey, keyID: keyID)]), to: name + "/keys.json")
        }
        try FileManager.default.createSymbolicLink(atPath: folder.path("data"), withDestinationPath: "1")
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "data/keys.json")
        let tokens = try await tokens()
        #expect(await tokens.refusal(of: try oldToken) == nil)
        try FileManager.default.removeItem(atPath: folder.path("data"))
        try FileManager.default.createSymbolicLink(atPath: folder.path("data"), withDestinationPath: "2")
        #expect(await tokens.refusal(of: try newToken) == nil)
    }

    @Test("a clock that is set back does not keep the file from being read")
    func clockSetBack() async throws {
        try write("old")
        let tokens = try await tokens()
        try write("old", "new")
        #expect(await tokens.refusal(of: try newToken) == nil)
        clock.advance(by: .seconds(-3600))
        try write("old")
        #expect(await tokens.refusal(of: try newToken) == .wrongKey)
    }
}

/// Keeps what is logged, above debug.
final class TestLog: Sendable {
    private let kept = Mutex<[String]>([])

    var lines: [String] { kept.withLock { $0 } }

    var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    private struct Handler: LogHandler {
        let log: TestLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { log.kept.withLock { $0.append("\(event.level): \(event.message)") } }
    }
}
