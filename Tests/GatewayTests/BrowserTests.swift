import Foundation
import Gateway
import GroupKeys
import Mesh
import TestSupport
import Testing

/// The pages in browsers, as people use them; the scripts in Browser do, and look.
@Suite("pages in browsers", .timeLimit(.minutes(5)))
struct BrowserTests {
    @Test(
        "in Chromium people call each other and ask the server for things, on each page in both languages",
        .needsPrograms("chromium", "chromedriver"))
    func chromium() async throws {
        let folder = try TestFolder()
        let script = PageScripts.folder("Browser") + "/extension.py"
        let id = try await TestProgram.run(["python3", "-B", script, "--print-id", folder.folder]).output
        let origin = "chrome-extension://" + id.trimmingCharacters(in: .whitespacesAndNewlines)
        try await withEcho { name, service in
            try await run("chromium", ["--folder", folder.folder, "--other", name], origins: [origin], mesh: service)
        }
    }

    @Test("in Firefox people call each other and ask the server for things", .needsPrograms("firefox-esr"))
    func firefox() async throws { try await run("firefox") }

    @Test(
        "36 actions behind one handler are answered alike over the data channel and over HTTP",
        .needsPrograms("chromium", "chromedriver"))
    func inventory() async throws {
        try await InventoryProgram.run { try await PageScripts.run("inventory.py", [$0]) }
    }

    @Test(
        "a page joins a group of nodes with the key, by words and by the QR code's text, and without it nothing",
        .needsPrograms("chromium", "chromedriver"))
    func group() async throws {
        let key = GroupKey()
        let node = MeshNode(
            MeshConfiguration(
                displayName: "Wall", serviceType: "_t\(UInt32.random(in: 0...UInt32.max))._tcp", groupKey: key, port: 0,
                listenAddress: "127.0.0.1"))
        let events = node.events
        try await node.start()
        for await event in events {
            guard case .started(let started) = event, let port = started.port else { continue }
            async let echo: Void = {
                for await event in events {
                    guard case .message(let message) = event else { continue }
                    _ = try? await node.send("echo: " + message.text, to: message.from.id)
                }
            }()
            try await PageScripts.run(
                "group.py",
                [
                    "-", "--node", "ws://127.0.0.1:\(port)/ws", "--id", node.id.text, "--words", key.words, "--text",
                    key.text, "--strange", GroupKey().words,
                ])
            #expect(await node.stats().keptOut >= 1)
            await node.stop()
            await echo
        }
    }

    private func run(
        _ browser: String, _ more: [String] = [], origins: [String] = [], mesh service: String? = nil
    ) async throws {
        let configuration = GatewayConfiguration(
            allowedOrigins: origins, tokens: NamedTokens(), turn: TURNSettings(secret: Data("secret".utf8), uris: []),
            mesh: service.map { MeshConfiguration(displayName: "", serviceType: $0, port: 0) })
        try await TestGateway.run(configuration) { server in
            try await PageScripts.run(
                "pages.py",
                [
                    server.base, "--browser", browser, "--streamed", "count", "--members", #"{"to":3}"#,
                    "--ann", "ann:call", "--bob", "bob:call",
                ] + more)
        }
    }

    /// A node of a mesh of its own that answers what it is told.
    private func withEcho(_ body: (_ name: String, _ service: String) async throws -> Void) async throws {
        let service = "_t\(UInt32.random(in: 0...UInt32.max))._tcp"
        let node = MeshNode(MeshConfiguration(displayName: "Wall", serviceType: service, port: 0))
        let events = node.events
        try await node.start()
        async let echo: Void = {
            for await event in events {
                guard case .message(let message) = event else { continue }
                try await node.send("echo: " + message.text, to: message.from.id)
            }
        }()
        do {
            try await body("Wall", service)
        } catch {
            await node.stop()
            throw error
        }
        await node.stop()
        try await echo
    }
}

/// The program Examples/inventory.
enum InventoryProgram {
    static func run(_ body: (_ base: String) async throws -> Void) async throws {
        let program = try LineProcess("inventory", LineProcess.product("inventory"), [], isQuiet: true)
        let said = try await program.line("listening").text
        let port = try #require(said.split(separator: " ").last)
        try await body("http://127.0.0.1:\(port)")
        program.send(signal: SIGKILL)
    }
}
