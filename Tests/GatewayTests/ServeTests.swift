import Foundation
import Signaling
import StrictJSON
import TestSupport
import Testing

@testable import Gateway

@Suite("meshchat serve", .timeLimit(.minutes(1)))
struct ServeTests {
    private let program = LineProcess.product("meshchat")

    private func serve(_ arguments: [String]) async throws -> (LineProcess, TestGateway) {
        let process = try LineProcess("meshchat", program, ["serve", "--port", "0"] + arguments, isQuiet: true)
        let url = try await process.line("listening").text
        let port = try #require(url.split(separator: ":").last.flatMap { Int($0) })
        return (process, TestGateway(gateway: Gateway { _ in try .value(0) }, port: port))
    }

    @Test("it serves requests, signaling, pages and metrics, and ends in order when it is told to")
    func all() async throws {
        let (process, server) = try await serve([])
        #expect(
            try await server.post("/v1/rpc", #"{"action":"echo","text":"hi"}"#).json["result"]?["text"]?.text == "hi")
        #expect(try await server.send("GET", "/").headers["content-type"] == "text/html; charset=utf-8")
        #expect(try await server.send("GET", "/webrtc-debug").status == 200)
        #expect(try await server.send("GET", "/api/mesh/get_leader_status").json["peerCount"] == .number("0"))
        let room = try RoomClient(url: "ws://127.0.0.1:\(server.port)/ws", id: "ann")
        for await event in room.events {
            if case .message(.peerList) = event { break }
        }
        #expect(try await server.send("GET", "/metrics").text.contains("signaling_sockets"))
        await room.close()
        process.send(signal: SIGTERM)
        #expect(await process.end() == 0)
    }

    @Test("a file, the environment and flags set it, the later ones before the earlier")
    func settings() async throws {
        let folder = try TestFolder()
        let secret = try folder.write(Array("0123456789abcdef0123456789abcdef\n".utf8), to: "secret")
        let file = try folder.write(
            Array(#"{"mode":"webrtc","tokens":{"secretFile":"\#(secret)"},"limits":{"requestBytes":2048}}"#.utf8),
            to: "settings.json")
        let (process, server) = try await serve(["--config", file, "--mode", "http"])
        #expect(try await server.send("GET", "/v1/webrtc/stats").status == 404, "the flag counts")
        #expect(try await server.post("/v1/rpc", String(repeating: " ", count: 3000)).status == 413)
        let (status, token) = try await TestProgram.run(
            [program, "token", "ann", "--secret-file", secret, "--scope", "call"])
        #expect(status == 0)
        let good = ["Authorization": "Bearer " + token.trimmingCharacters(in: .whitespacesAndNewlines)]
        #expect(try await server.post("/v1/rpc", #"{"action":"echo"}"#, headers: good).status == 200)
        let bad = ["Authorization": "Bearer x.y.z"]
        #expect(try await server.post("/v1/rpc", #"{"action":"echo"}"#, headers: bad).status == 401)
        process.send(signal: SIGTERM)
        #expect(await process.end() == 0)
    }

    @Test("with a certificate of its own making it says the fingerprint")
    func selfMade() async throws {
        let process = try LineProcess(
            "meshchat", program, ["serve", "--webrtc-port", "0", "--tls-self-made"], isQuiet: true)
        #expect(try await process.line("listening").text.contains("https://127.0.0.1:"))
        #expect(try await process.line("fingerprint").text.count == 95)
        process.send(signal: SIGTERM)
        #expect(await process.end() == 0)
    }

    @Test(
        "what is no setting, or cannot be, is said with its name",
        arguments: [
            ([], #"{"prot":1}"#, "prot"), ([], #"{"tls":{"certficate":"x"}}"#, "tls.certficate"),
            ([], #"{"drainSeconds":"x"}"#, "drainSeconds should be a number"),
            ([], #"{"drainSeconds":70000}"#, "0 to 3600"),
            ([], "[", "JSON"),
            (["--mode", "some"], "{}", "one of http, webrtc, both, all"),
            (["--tls-certificate", "x"], "{}", "tls.privateKey"), (["--trusted-proxy", "x"], "{}", "trusted proxy"),
            (["--turn-uri", "turn:x"], "{}", "secret"), (["--stun", "turn:x"], "{}", "stun"),
            (["--token-secret-file", "/nowhere"], "{}", "/nowhere"), (["--open", "doors"], "{}", "rooms"),
            (["--listen", "not an address"], "{}", "not an address"),
        ])
    func wrong(flags: [String], settings: String, words: String) async throws {
        let folder = try TestFolder()
        let file = try folder.write(Array(settings.utf8), to: "settings.json")
        let (status, output) = try await TestProgram.run(
            ["timeout", "20", program, "serve", "--port", "0", "--config", file] + flags)
        #expect(status != 0 && status != 124 && output.contains(words), "\(output)")
        #expect(!output.contains("Fatal error"))
    }
}
