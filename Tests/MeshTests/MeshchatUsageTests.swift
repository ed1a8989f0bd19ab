import Foundation
import Testing

@Suite("The chat program's options", .serialized, .timeLimit(.minutes(2)))
struct MeshchatUsageTests {
    private let runtime = RuntimeDirectory()

    private func run(_ arguments: String) async throws -> (text: String, code: String) {
        let shell = try LineRun("\"$0\" \(arguments) 2>&1 </dev/null; echo \"code $?\"", in: runtime)
        let text = try await shell.output()
        return (text, text.components(separatedBy: "code ").last ?? "")
    }

    @Test("the help shows the options and the exit codes, and there is a version")
    func help() async throws {
        let help = try await run("--help")
        for option in ["--name", "--type", "--service", "--port", "--signal", "--stun", "--json", "doctor"] {
            #expect(help.text.contains(option))
        }
        #expect(help.text.contains("3 when lines are left") && help.code == "0")
        let version = try await run("--version")
        #expect(version.text.contains(".") && version.code == "0")
    }

    @Test(
        "options that cannot be used are refused before anything is started, each with its reason",
        arguments: [
            ("--type king", "king"), ("--port 70000", "70000"), ("--port x", "x"),
            ("--service meshchat", "_meshchat._tcp"),
            ("--service _meshchat", "_meshchat._tcp"), ("--service ''", "_meshchat._tcp"),
            ("--stun nonsense", "stun:host"),
            ("--stun stun:", "stun:"), ("--stun 'stun:a b'", "stun:"), ("--stun turn:example.org", "stun:host"),
            ("--signal http://x/", "ws://host"), ("--signal ''", "ws://host"), ("--signal ws://", "ws://host"),
            ("--signal ws://h:99999/", "ws://host"), ("--name ' '", "--name"), ("--dance", "dance"), ("more", "more"),
            ("chat --service meshchat", "_meshchat._tcp"), ("doctor --turn turn:x", "--user"),
            ("doctor --turn nonsense --user a --password b", "nonsense"), ("--listen nonsense", "192.0.2.7"),
            ("--host-name a/b", "chat.example.org"), ("--allow-origin example.org", "https://example.org"),
            ("--allow-origin https://example.org/chat", "without a path"),
        ])
    func refused(arguments: String, reason: String) async throws {
        let result = try await run(arguments)
        #expect(result.code == "64" && result.text.contains(reason), "\(result.text)")
    }

    @Test("a server of --signal that is not there is an error, with --json and without", arguments: ["--json", ""])
    func deadServer(json: String) async throws {
        let result = try await run("\(json) --signal ws://127.0.0.1:9/ws")
        #expect(result.code == "1" && result.text.contains("the server of --signal cannot be used"), "\(result.text)")
        #expect(result.text.contains("nobody listens there"), "\(result.text)")
    }

    @Test("a port that is taken is said, with what to do")
    func takenPort() async throws {
        let service = "_mt\(UInt32.random(in: 0...UInt32.max))._tcp"
        let first = try MeshchatProcess(["--json", "--service", service, "--port", "0"], in: runtime)
        try await first.waits { $0.types.contains("started") }
        let line = try #require(first.seen.lines.first { $0.contains("\"started\"") })
        let event = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        let port = try #require(event?["port"] as? Int)
        let second = try MeshchatProcess(["--json", "--service", service, "--port", "\(port)"], in: runtime)
        try await second.waits { $0.lines.contains { $0.contains("port \(port) is taken") && $0.contains("choose") } }
        for process in [first, second] {
            process.send(signal: SIGTERM)
            try await process.exits(with: 0)
        }
    }

    @Test("doctor counts a server whose name does not resolve as a failure")
    func unresolvedName() async throws {
        let stun = try await run("doctor --port 0 --stun no-such-name.invalid:3478")
        #expect(stun.code == "1" && stun.text.contains("FAIL  STUN"), "\(stun.text)")
        let turn = try await run("doctor --port 0 --turn turn:no-such-name.invalid --user a --password b")
        #expect(turn.code == "1" && turn.text.contains("FAIL  TURN"), "\(turn.text)")
    }
}
