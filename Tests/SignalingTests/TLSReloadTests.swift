import Foundation
import Logging
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import Signaling

@Suite("the files of a server's certificate", .serialized, .timeLimit(.minutes(1)))
struct TLSReloadTests {
    private let folder: TestFolder
    private let authority: TestAuthority

    init() throws {
        folder = try TestFolder()
        authority = try TestAuthority()
    }

    /// Keeps what is said, from notices of news to warnings.
    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }

        func add(_ line: String) { lines.withLock { $0.append(line) } }

        func logger() -> Logger { Logger(label: "test") { _ in Handler(lines: self) } }
    }

    private struct Handler: LogHandler {
        let lines: Lines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { lines.add("\(event.level) \(event.message) \(event.metadata ?? [:])") }
    }

    /// Connects until a client gets in that believes only this certificate, and is pleased with it.
    private func connect(_ port: UInt16, pinned fingerprint: String) async throws -> SignalingClient {
        while true {
            do throws(SignalingError) {
                return try await SignalingClient.connect(
                    to: "wss://127.0.0.1:\(port)", configuration: .init(tls: .pinned(fingerprint)))
            } catch {
                guard error.code == .certificateNotPinned, !Task.isCancelled else { throw error }
            }
        }
    }

    @Test("new connections get the new certificate, and those that run go on")
    func reload() async throws {
        let (old, new) = (try authority.issue(["a"]), try authority.issue(["a"]))
        let server = SignalingServer(configuration: .init(host: "127.0.0.1", port: 0, tls: try folder.tls(old)))
        let port = try await server.start()
        let first = try await connect(port, pinned: old.fingerprint)
        _ = try folder.tls(new)
        let second = try await connect(port, pinned: new.fingerprint)
        for (client, id) in [(first, CoreDriver.ann), (second, CoreDriver.bob)] {
            try await client.register(Registration(peerID: id, peerType: .display, displayName: "x"))
        }
        try await SignalingParty.list(of: 2, first)
        for client in [first, second] { await client.close() }
        await server.stop()
    }

    @Test("half a file, no file and a key of another keep the old certificate, and are said once for each change")
    func broken() throws {
        let (old, new) = (try authority.issue(["a"]), try authority.issue(["a"]))
        let lines = Lines()
        let acceptor = try TLSAcceptor(try folder.tls(old), logger: lines.logger())
        func look(_ count: Int, _ word: String) {
            for _ in 0..<3 { acceptor.look() }
            #expect(lines.all.count == count && lines.all.last?.contains(word) == true, "\(lines.all)")
        }
        acceptor.look()
        #expect(lines.all == [])
        try folder.replace(new.certificate, "server.pem")
        look(1, "does not belong")
        try folder.replace(String(new.certificate.prefix(200)), "server.pem")
        look(2, "half of one")
        try folder.replace(new.certificate + String(authority.certificate.prefix(200)), "server.pem")
        look(3, "half of one")
        try folder.replace("", "server.pem")
        look(4, "no certificate")
        try FileManager.default.removeItem(atPath: folder.path("server.pem"))
        look(5, "server.pem")
        try folder.replace(old.certificate, "server.pem")
        try folder.replace(String(new.key.prefix(100)), "server.key")
        look(6, "no private key")
        #expect(lines.all.allSatisfy { $0.hasPrefix("warning ") })
        _ = try folder.tls(new)
        look(7, "info new connections get the new certificate")
    }

    @Test("the server goes on with the old certificate while the files are of no use")
    func oldOne() async throws {
        let old = try authority.issue(["a"])
        let lines = Lines()
        var configuration = SignalingServerConfiguration(host: "127.0.0.1", port: 0, tls: try folder.tls(old))
        configuration.logger = lines.logger()
        let server = SignalingServer(configuration: configuration)
        let port = try await server.start()
        try folder.replace("nonsense", "server.key")
        while lines.all.isEmpty { await (try await connect(port, pinned: old.fingerprint)).close() }
        await (try await connect(port, pinned: old.fingerprint)).close()
        #expect(lines.all.count == 1)
        await server.stop()
    }

    @Test("they are looked at once in a second at the most, by one connection at a time")
    func pace() throws {
        let acceptor = try TLSAcceptor(try folder.tls(try authority.issue(["a"])), logger: Lines().logger())
        let start = NIODeadline.uptimeNanoseconds(1_000_000_000)
        #expect(acceptor.beginsLook(now: start))
        #expect(!acceptor.beginsLook(now: start + .seconds(5)), "that one still looks")
        acceptor.look()
        #expect(!acceptor.beginsLook(now: start + .milliseconds(999)))
        #expect(acceptor.beginsLook(now: start + .seconds(1)))
        let selfMade = try TLSAcceptor(try .selfMade(names: ["a"]), logger: Lines().logger())
        #expect(!selfMade.beginsLook(now: start))
    }

    @Test("a disk that hangs holds nobody up but who looks, and that one no longer than its time")
    func slowDisk() async throws {
        let issued = try authority.issue(["a"])
        let server = SignalingServer(
            configuration: .init(
                host: "127.0.0.1", port: 0, tls: try folder.tls(issued),
                limits: .init(registrationTime: .seconds(3))))
        let port = try await server.start()
        // A pipe that nobody writes to: who opens it waits.
        try FileManager.default.removeItem(atPath: folder.path("server.pem"))
        #expect(try await LineProcess("mkfifo", "/usr/bin/mkfifo", [folder.path("server.pem")]).end() == 0)
        var first = try await RawPeer.connect(port: port, tls: try RawTLS.client())
        #expect(await first.rest() == "")
        for _ in 0..<3 { await (try await connect(port, pinned: issued.fingerprint)).close() }
        // Who looks gets an end, and the thread is free again.
        try FileHandle(forWritingTo: URL(fileURLWithPath: folder.path("server.pem"))).close()
        await server.stop()
    }

    @Test(
        "a server does not start with files of no use, and says which",
        arguments: [("missing", "server.key"), ("server.pem", "missing"), ("server.key", "server.pem")])
    func start(chain: String, key: String) async throws {
        _ = try folder.tls(try authority.issue(["a"]))
        let tls = ServerTLS.files(certificateChain: folder.path(chain), privateKey: folder.path(key))
        let server = SignalingServer(configuration: .init(host: "127.0.0.1", port: 0, tls: tls))
        let error = await #expect(throws: SignalingError.self) { try await server.start() }
        #expect(error?.code == .invalidConfiguration && error?.message.contains(folder.path("")) == true)
        #expect(server.port == nil)
    }

    @Test("certificate and key may be in one file, and a file that is too large is refused")
    func oneFile() throws {
        let issued = try authority.issue(["a"])
        let path = try folder.replace(issued.key + "\n" + issued.certificate + "\n", "both.pem")
        _ = try TLSAcceptor(.files(certificateChain: path, privateKey: path), logger: Lines().logger())
        try folder.replace(String(repeating: issued.certificate + "\n", count: 4000), "both.pem")
        let error = #expect(throws: SignalingError.self) {
            try TLSAcceptor(.files(certificateChain: path, privateKey: path), logger: Lines().logger())
        }
        #expect(error?.message.contains("1048576 bytes") == true)
    }

    @Test(
        "a self-made certificate is for names and addresses, and for some time",
        arguments: [
            ([], 60), ([""], 60), (["a b"], 60), (["a:80"], 60), (["a"], 59), (["a"], 4_000_000_000),
        ] as [([String], Int)])
    func selfMade(names: [String], seconds: Int) {
        let error = #expect(throws: SignalingError.self) {
            try ServerTLS.selfMade(names: names, validFor: .seconds(seconds))
        }
        #expect(error?.code == .invalidConfiguration)
    }
}
