import Foundation
import Gateway
import Signaling
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
        try await run("chromium", ["--folder", folder.folder], origins: [origin])
    }

    @Test("in Firefox people call each other and ask the server for things", .needsPrograms("firefox-esr"))
    func firefox() async throws { try await run("firefox") }

    @Test(
        "36 actions behind one handler are answered alike over the data channel and over HTTP",
        .needsPrograms("chromium", "chromedriver"))
    func inventory() async throws {
        try await InventoryProgram.run { try await PageScripts.run("inventory.py", [$0]) }
    }

    private func run(_ browser: String, _ more: [String] = [], origins: [String] = []) async throws {
        let signaling = SignalingServer(configuration: .init(host: "127.0.0.1", port: 0, tokens: NamedTokens()))
        let port = try await signaling.start()
        let configuration = GatewayConfiguration(
            allowedOrigins: origins, tokens: NamedTokens(), turn: TURNSettings(secret: Data("secret".utf8), uris: []))
        try await TestGateway.run(configuration) { server in
            try await PageScripts.run(
                "pages.py",
                [
                    server.base, "--browser", browser, "--streamed", "count", "--members", #"{"to":3}"#,
                    "--server", "ws://127.0.0.1:\(port)/ws", "--ann", "ann:call", "--bob", "bob:call",
                ] + more)
        }
        await signaling.stop()
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
