import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import Signaling

@Suite("a connection that cannot be made says why, and what to do", .timeLimit(.minutes(1)))
struct ConnectFailureTests {
    /// Long enough for a machine that is busy with other tests, where something else is expected than its end.
    private static let patient = SignalingClientConfiguration(connectTimeout: .seconds(50))
    private static let impatient = SignalingClientConfiguration(connectTimeout: .seconds(3))

    private func failure(
        _ url: String, _ configuration: SignalingClientConfiguration = patient
    ) async -> SignalingError? {
        await #expect(throws: SignalingError.self) {
            try await SignalingClient.connect(to: url, configuration: configuration)
        }
    }

    /// What a client is told by a server that does this with its request.
    private func failure(
        scheme: String = "ws", _ configuration: SignalingClientConfiguration = patient,
        _ answer: (inout RawPeer) async throws -> Void
    ) async throws -> SignalingError? {
        var listener = try await RawListener()
        let url = "\(scheme)://127.0.0.1:\(listener.port)/ws"
        async let failing = failure(url, configuration)
        var peer = try await listener.accept()
        try await answer(&peer)
        let error = await failing
        await peer.close()
        await listener.close()
        #expect(error?.message.contains("Inappropriate") == false && error?.message.contains("Error") == false)
        return error
    }

    @Test("a name that does not resolve")
    func name() async {
        let error = await failure("ws://nobody.invalid/ws", .init())
        #expect(error?.code == .connectionFailed)
        #expect(error?.message.contains("the name nobody.invalid does not resolve") == true, "\(error as Any)")
    }

    @Test("nobody listens")
    func refused() async throws {
        let error = await failure("ws://127.0.0.1:1")
        #expect(error?.code == .connectionFailed && error?.message.contains("nobody listens there") == true)
    }

    @Test("the connection is not taken in time")
    func notTaken() async throws {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 1).serverChannelOption(.autoRead, value: false)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = listener.localAddress?.port ?? 0
        // Those that wait to be taken; more are not answered.
        for _ in 0..<4 {
            _ = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(host: "127.0.0.1", port: port)
        }
        var error = await failure("ws://127.0.0.1:\(port)", Self.impatient)
        while error?.message.contains("takes the connection") == true {
            error = await failure("ws://127.0.0.1:\(port)", Self.impatient)
        }
        #expect(
            error?.code == .timedOut && error?.message.contains("does not answer within 3") == true, "\(error as Any)")
        try await listener.close()
    }

    @Test(
        "the request is not answered in time, or not to its end",
        arguments: ["", "HTTP/1.1 101 Swit", "HTTP/1.1 101 X\r\nA: b\r\n"])
    func silent(start: String) async throws {
        let error = try await failure(Self.impatient) { peer in
            _ = try await peer.head()
            if !start.isEmpty { try await peer.send(start) }
            // Until the client gives up.
            _ = await peer.rest()
        }
        #expect(error?.code == .timedOut && error?.message.contains("the port of a signaling server") == true)
    }

    @Test("the handshake of TLS is not over in time")
    func silentTLS() async throws {
        let error = try await failure(scheme: "wss", Self.impatient) { peer in _ = await peer.rest() }
        #expect(error?.code == .timedOut && error?.message.contains("TLS") == true, "\(error as Any)")
    }

    @Test(
        "closed instead of an answer, or in the midst of it",
        arguments: ["", "HTTP/1.1 101 Switching Protocols\r\nUpg"])
    func closed(start: String) async throws {
        let error = try await failure { peer in
            _ = try await peer.head()
            if !start.isEmpty { try await peer.send(start) }
            await peer.close()
        }
        #expect(
            error?.code == .connectionFailed && error?.message.contains("closed the connection") == true,
            "\(error as Any)")
    }

    @Test(
        "what answers speaks something else",
        arguments: ["SSH-2.0-OpenSSH_9.2\r\n", "\u{15}\u{3}\u{3}\u{0}\u{2}\u{2}F", "220 mail\r\n"])
    func otherProtocol(words: String) async throws {
        let error = try await failure { peer in
            _ = try await peer.head()
            try await peer.send(words)
        }
        #expect(error?.code == .upgradeRefused && error?.message.contains("not with HTTP") == true, "\(error as Any)")
    }

    @Test("a server with TLS is asked without it")
    func withoutTLS() async throws {
        let tls = try ServerTLS.selfMade(names: ["127.0.0.1"])
        let server = SignalingServer(configuration: .init(host: "127.0.0.1", port: 0, tls: tls))
        let error = await failure("ws://127.0.0.1:\(try await server.start())")
        #expect(error?.code == .upgradeRefused && error?.message.contains("400") == true, "\(error as Any)")
        await server.stop()
    }

    @Test("a token that is refused, with the server's words for it")
    func token() async throws {
        let server = SignalingServer(configuration: .init(host: "127.0.0.1", port: 0, tokens: NamedTokens()))
        let error = await failure(
            "ws://127.0.0.1:\(try await server.start())", .init(connectTimeout: .seconds(50), token: { "stolen" }))
        #expect(
            error?.code == .unauthorized && error?.message.contains("nobody has this token") == true, "\(error as Any)")
        await server.stop()
    }

    @Test("the words of a server that refuses are one line of text, and not too many")
    func words() async throws {
        for isWhole in [true, false] {
            let error = try await failure { peer in
                _ = try await peer.head()
                try await peer.send(
                    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\n"
                        + "come\u{1B}[31m\r\nback")
                if isWhole { try await peer.send(String(repeating: "x", count: 990)) } else { await peer.close() }
            }
            #expect(error?.code == .upgradeRefused && error?.message.contains("503") == true)
            #expect(error?.message.contains("it says: come [31m back") == true, "\(error as Any)")
            #expect(error?.message.utf8.contains { $0 < 0x20 } == false && (error?.message.utf8.count ?? 0) < 400)
        }
    }
}
