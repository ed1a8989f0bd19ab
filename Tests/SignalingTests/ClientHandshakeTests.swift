import Foundation
import Testing

@testable import Signaling

@Suite("a server's answer to the client's opening handshake (RFC 6455 §4.1)", .timeLimit(.minutes(1)))
struct ClientHandshakeTests {
    /// A good answer to a request, or one with other lines; nil takes a line out.
    static func answer(
        to request: String, line: String = "HTTP/1.1 101 Switching Protocols", _ headers: [String: String?] = [:],
        also more: [String] = []
    ) -> String {
        let key = request.split(separator: "\r\n").first { $0.lowercased().hasPrefix("sec-websocket-key:") }?
            .split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
        var fields: [String: String] = [
            "Upgrade": "websocket", "Connection": "Upgrade",
            "Sec-WebSocket-Accept": OpeningHandshake.acceptValue(for: key ?? ""),
        ]
        for (name, value) in headers { fields[name] = value }
        return ([line] + fields.sorted { $0.key < $1.key }.map { "\($0): \($1)" } + more + ["", ""])
            .joined(separator: "\r\n")
    }

    /// What becomes of a client that gets this answer, and the request it sent.
    private func connect(
        subprotocols: [String] = [], _ answer: (String) -> String
    ) async throws -> (Result<String?, SignalingError>, request: String) {
        var listener = try await RawListener()
        let port = listener.port
        async let connecting = result(port, subprotocols)
        var peer = try await listener.accept()
        let request = try await peer.head()
        try await peer.send(answer(request))
        let result = await connecting
        await peer.close()
        await listener.close()
        return (result, request)
    }

    private func result(_ port: Int, _ subprotocols: [String]) async -> Result<String?, SignalingError> {
        do throws(SignalingError) {
            let client = try await SignalingClient.connect(
                to: "ws://127.0.0.1:\(port)/ws?a=b", configuration: .init(subprotocols: subprotocols))
            return .success(client.subprotocol)
        } catch {
            return .failure(error)
        }
    }

    @Test("the value that answers the key is that of the RFC")
    func acceptValue() {
        #expect(OpeningHandshake.acceptValue(for: "dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        let digest = SHA1.digest(Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8))
        #expect(digest.prefix(4) == [0x84, 0x98, 0x3E, 0x44])
        #expect(SHA1.digest([]).prefix(4) == [0xDA, 0x39, 0xA3, 0xEE])
    }

    @Test("the request is what §4.1 asks for, with a new key each time")
    func request() async throws {
        let request = try await connect { Self.answer(to: $0) }.request
        let other = try await connect { Self.answer(to: $0) }.request
        let lines = request.lowercased().split(separator: "\r\n").map(String.init)
        #expect(lines.first == "get /ws?a=b http/1.1")
        for line in ["upgrade: websocket", "connection: upgrade", "sec-websocket-version: 13"] {
            #expect(lines.filter { $0 == line }.count == 1)
        }
        #expect(lines.contains { $0.hasPrefix("host: 127.0.0.1:") })
        #expect(!lines.contains { $0.hasPrefix("sec-websocket-protocol") || $0.hasPrefix("content-length") })
        let keys = [request, other].map { text in
            text.split(separator: "\r\n").first { $0.lowercased().hasPrefix("sec-websocket-key: ") }?.dropFirst(19)
        }
        #expect(keys[0] != keys[1])
        #expect(keys.allSatisfy { Data(base64Encoded: String($0 ?? ""))?.count == 16 })
    }

    private static let goodHeaders: [[String: String?]] = [
        ["Upgrade": "WebSocket"], ["Connection": "keep-alive, UPGRADE"], ["Server": "x"],
        ["Sec-WebSocket-Extensions": ""],
    ]

    @Test("good answers, however they are spelled", arguments: goodHeaders)
    func good(headers: [String: String?]) async throws {
        #expect(try await connect { Self.answer(to: $0, headers) }.0 == .success(nil))
    }

    private static let wrongHeaders: [([String: String?], String)] = [
        (["Upgrade": nil], "Upgrade"), (["Upgrade": "websockets"], "Upgrade"), (["Connection": nil], "Connection"),
        (["Connection": "close"], "Connection"), (["Sec-WebSocket-Accept": nil], "Accept"),
        (["Sec-WebSocket-Accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="], "Accept"),
        (["Sec-WebSocket-Extensions": "permessage-deflate"], "extension"),
        (["Sec-WebSocket-Protocol": "chat"], "subprotocol"),
    ]

    @Test("a wrong answer is refused, and the error says what is wrong", arguments: wrongHeaders)
    func wrong(headers: [String: String?], word: String) async throws {
        let (result, _) = try await connect { Self.answer(to: $0, headers) }
        guard case .failure(let error) = result else {
            Issue.record("the answer was taken")
            return
        }
        #expect(error.code == .upgradeRefused && error.message.contains(word), "\(error)")
    }

    private static let otherAnswers: [(String, [String: String], String)] = [
        ("HTTP/1.1 200 OK", [:], "200"), ("HTTP/1.1 401 Unauthorized", ["WWW-Authenticate": "Basic"], "login"),
        ("HTTP/1.1 302 Found", ["Location": "ws://other/"], "ws://other/"),
        ("HTTP/1.1 426 Upgrade Required", ["Sec-WebSocket-Version": "8"], "version"),
        ("HTTP/1.1 503 Service Unavailable", [:], "503"),
    ]

    @Test("an answer that is no 101 is refused, and the error says what came", arguments: otherAnswers)
    func otherStatus(line: String, headers: [String: String], word: String) async throws {
        let (result, _) = try await connect { request in
            Self.answer(to: request, line: line, headers.mapValues { Optional($0) }, also: ["Content-Length: 0"])
        }
        guard case .failure(let error) = result else {
            Issue.record("the answer was taken")
            return
        }
        #expect(error.code == .upgradeRefused && error.message.contains(word), "\(error)")
    }

    @Test("an answer without end, and none at all, are errors")
    func endless() async throws {
        let (result, _) = try await connect { _ in
            "HTTP/1.1 101 Switching Protocols\r\nX: " + String(repeating: "x", count: 100_000)
        }
        guard case .failure = result else {
            Issue.record("the answer was taken")
            return
        }
    }

    @Test("a client that is closed while it connects says goodbye, and nothing else, as soon as it is connected")
    func closedMeanwhile() async throws {
        var listener = try await RawListener()
        let client = try ReconnectingSignalingClient(
            url: "ws://127.0.0.1:\(listener.port)",
            registration: Registration(peerID: FrameCase.id, peerType: .display, displayName: "x"))
        var peer = try await listener.accept()
        let request = try await peer.head()
        async let closed: Void = client.close()
        var events = client.events.makeAsyncIterator()
        #expect(await events.next() == .connecting)
        #expect(await events.next() == nil)
        try await peer.send(Self.answer(to: request))
        let frame = await peer.frame()
        #expect(frame?.opcode == 8 && frame?.closeCode == 1000)
        await peer.close()
        await closed
        await listener.close()
    }

    @Test("of the subprotocols asked for the server chooses one or none")
    func subprotocols() async throws {
        let (chosen, request) = try await connect(subprotocols: ["b", "a"]) {
            Self.answer(to: $0, ["Sec-WebSocket-Protocol": "a"])
        }
        #expect(chosen == .success("a"))
        #expect(request.lowercased().contains("sec-websocket-protocol: b, a\r\n"))
        #expect(try await connect(subprotocols: ["a"]) { Self.answer(to: $0) }.0 == .success(nil))
        let (two, _) = try await connect(subprotocols: ["a", "b"]) {
            Self.answer(to: $0, ["Sec-WebSocket-Protocol": "a"], also: ["Sec-WebSocket-Protocol: b"])
        }
        guard case .failure = two else {
            Issue.record("two subprotocols were taken")
            return
        }
    }
}
