import InMemoryLogging
import Logging
import NIOCore
import NIOEmbedded
import Testing

@testable import Signaling

@Suite("what the log of a server says of sockets, and what it never says", .timeLimit(.minutes(1)))
struct LogTests {
    private let recorded = InMemoryLogHandler()

    private var logger: Logger {
        var handler = recorded
        handler.logLevel = .trace
        return Logger(label: "test") { [handler] _ in handler }
    }

    private func text(_ text: String) -> [UInt8] {
        FrameCase.Frame(opcode: 1, payload: Array(text.utf8)).bytes(isMasked: true)
    }

    private func lines(_ message: String) -> [Logger.Metadata] {
        recorded.entries.filter { $0.message.description == message }.map(\.metadata)
    }

    /// All that stands in the log.
    private var whole: String {
        recorded.entries.map { "\($0.message) \($0.metadata)" }.joined(separator: "\n").lowercased()
    }

    @Test("tokens, descriptions, messages and names are in no line, on good paths and on bad ones")
    func secrets() async throws {
        let server = SignalingServer(
            configuration: .init(host: "127.0.0.1", port: 0, tokens: NamedTokens(), logger: logger))
        let port = try await server.start()
        for request in [
            RawPeer.request(line: "GET /ws?token=SECRET-wrong HTTP/1.1"),
            RawPeer.request(["Authorization": "Bearer SECRET-wrong"]),
            RawPeer.request(["Origin": "https://SECRET.example"]), RawPeer.request(["Host": "SECRET.example"]),
            RawPeer.request(line: "GET /SECRET HTTP/1.1"), RawPeer.request(["Sec-WebSocket-Key": "SECRET"]),
            "GET /ready?token=SECRET HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n", "SECRET\r\n\r\n",
        ] {
            var peer = try await RawPeer.connect(port: port)
            try await peer.send(request)
            _ = await peer.rest()
        }
        let secretName = "SECRET-user"
        var user = try await RawPeer.connect(port: port)
        try await user.send(RawPeer.request(line: "GET /ws?token=token-\(secretName) HTTP/1.1"))
        _ = try await user.head()
        for message in [
            #"{"type":"join","peerId":"SECRET-peer","room":"SECRET-room"}"#,
            #"{"type":"offer","to":"SECRET-nobody","sdp":"SECRET-sdp"}"#,
            #"{"type":"call-offer","recipientId":"SECRET-nobody","callId":"SECRET-call","sdp":"v=0 SECRET"}"#,
            #"{"type":"call-offer","recipientId":"\#(secretName)","callId":"SECRET-call","sdp":"v=0 SECRET"}"#,
            #"{"type":"SECRET-type"}"#, #"{"type":"message","#, "SECRET", #"["SECRET"]"#, #"{"SECRET":1}"#,
        ] { try await user.send(text(message)) }
        while let frame = await user.frame(), frame.opcode != 8 {}
        var other = try await RawPeer.open(port: port)
        try await other.send(text(#"{"type":"auth","token":"SECRET-wrong"}"#))
        _ = await other.frame()
        try await other.send(FrameCase.Frame(opcode: 2, payload: Array("SECRET".utf8)).bytes(isMasked: true))
        _ = await other.frame()
        try await other.send(text(String(repeating: "SECRET", count: 20_000)))
        _ = await other.frame()
        try await other.send(
            FrameCase.Frame(opcode: 8, payload: [0x03, 0xE8] + Array("SECRET".utf8)).bytes(isMasked: true))
        _ = await other.frame()
        await server.stop()
        #expect(lines("a socket is open").count == 2)
        #expect(lines("a socket is closed").count == 2)
        #expect(!whole.contains("secret"), "\(whole)")
    }

    @Test("each line about a socket has its id and, where it is known, its dialect")
    func metadata() throws {
        let driver = HubDriver(.init(outbox: 2), logger: logger)
        let (first, second) = (try driver.socket(as: CoreDriver.ann), try driver.socket(as: CoreDriver.bob))
        let silent = try driver.socket()
        second.read(false)
        for _ in 0..<3 { try first.offer(to: CoreDriver.bob) }
        try silent.send(FrameCase.Frame(opcode: 8, payload: []))
        try silent.channel.close().wait()
        _ = driver.hub.stop()
        let about = recorded.entries.filter { $0.message.description.contains("socket") }
        #expect(about.allSatisfy { $0.metadata["socket"] != nil })
        #expect(lines("a socket is open").map { $0["socket"] } == ["1", "2", "3"])
        #expect(lines("a socket speaks a dialect").map { $0["dialect"] } == ["mesh", "mesh"])
        #expect(lines("a socket's outbox is full") == [["socket": "2", "dialect": "mesh"]])
        let ends = lines("a socket is closed").map { line in
            ["socket", "dialect", "code"].map { line[$0]?.description ?? "" }.joined(separator: " ")
        }
        #expect(Set(ends) == ["1 mesh 1001", "2 mesh 1013", "3  1005"])
        #expect(lines("a socket is closed").first { $0["socket"] == "1" }?["received"] == "4")
    }

    @Test("a socket of two dialects has both, those of an application have the names of their types")
    func names() {
        var driver = CoreDriver(connected: [])
        #expect(driver.core.dialectNames(of: 1) == nil && driver.core.spoken(by: 1) == 0)
        _ = driver.core.connected(1, identity: TokenIdentity(subject: "ann"), now: .zero)
        #expect(driver.core.dialectNames(of: 1) == "call" && driver.core.spoken(by: 1) == 1)
        _ = driver.send(1, #"{"type":"join","peerId":"A"}"#)
        #expect(driver.core.dialectNames(of: 1) == "call, room" && driver.core.spoken(by: 1) == 2)
        #expect(SignalingServerConfiguration.usualDialects.map(\.name) == ["mesh", "room", "call"])
    }
}
