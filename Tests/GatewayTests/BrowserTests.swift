import Foundation
import Gateway
import Signaling
import TestSupport
import Testing

/// The pages in Chromium, as people use them; the scripts in Browser do, and look.
@Suite("pages in Chromium", .serialized, .timeLimit(.minutes(3)), .needsPrograms("chromium", "chromedriver"))
struct BrowserTests {
    @Test("each page is there in both languages, has its name, and is accessible")
    func index() async throws {
        try await TestGateway.run { server in try await PageScripts.run("index.py", server.base) }
    }

    @Test("requests go over the data channel and over HTTP, and a session that breaks is made again")
    func sessions() async throws {
        try await TestGateway.run { server in
            try await PageScripts.run("sessions.py", server.base, "--streamed", "count", "--members", #"{"to":3}"#)
        }
    }

    @Test("an extension asks over the data channel, and over HTTP from its worker")
    func browserExtension() async throws {
        let folder = try TestFolder()
        let script = PageScripts.folder("Browser") + "/extension.py"
        let id = try await TestProgram.run(["python3", "-B", script, "--print-id", folder.folder]).output
        let origin = "chrome-extension://" + id.trimmingCharacters(in: .whitespacesAndNewlines)
        try await TestGateway.run(.init(allowedOrigins: [origin])) { server in
            try await PageScripts.run("extension.py", server.base, "--folder", folder.folder)
        }
    }

    @Test("36 actions behind one handler are answered alike over the data channel and over HTTP")
    func inventory() async throws {
        try await InventoryProgram.run { try await PageScripts.run("inventory.py", $0) }
    }

    @Test("people meet in a room, call, hang up, reload and call each other at once")
    func room() async throws {
        try await withSignaling { page, socket in try await PageScripts.run("room.py", page, "--server", socket) }
    }

    @Test("users call each other, on any number of devices, and are missed, busy or elsewhere")
    func calls() async throws {
        try await withSignaling { page, socket in
            try await PageScripts.run(
                "calls.py", page, "--server", socket, "--ann", "ann:call", "--bob", "bob:call")
        }
    }

    private func withSignaling(_ body: (_ page: String, _ socket: String) async throws -> Void) async throws {
        let signaling = SignalingServer(configuration: .init(host: "127.0.0.1", port: 0, tokens: NamedTokens()))
        let port = try await signaling.start()
        try await TestGateway.run(.init(tokens: NamedTokens())) { server in
            try await body(server.base, "ws://127.0.0.1:\(port)/ws")
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
