import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import TestSupport
import Testing

@testable import Signaling

@Suite("the server's port with TLS", .serialized, .timeLimit(.minutes(1)))
struct TLSServerTests {
    private let tls: ServerTLS
    private let pinned: ClientTLS

    init() throws {
        tls = try ServerTLS.selfMade(names: ["localhost", "127.0.0.1"])
        pinned = .pinned(try #require(tls.fingerprint))
    }

    private func server(_ limits: SignalingLimits = .init()) async throws -> (SignalingServer, UInt16) {
        let server = SignalingServer(configuration: .init(host: "127.0.0.1", port: 0, tls: tls, limits: limits))
        return (server, try await server.start())
    }

    private func client(_ port: UInt16, as id: String) async throws -> SignalingClient {
        let client = try await SignalingClient.connect(
            to: "wss://127.0.0.1:\(port)/ws", configuration: .init(tls: pinned))
        try await client.register(Registration(peerID: id, peerType: .display, displayName: "x"))
        return client
    }

    @Test("messages of nearly 64 KiB go both ways, and stay in their order")
    func bigMessages() async throws {
        let (server, port) = try await server()
        let (ann, bob) = (try await client(port, as: CoreDriver.ann), try await client(port, as: CoreDriver.bob))
        let sdp = String(repeating: "x", count: 65_000)
        async let sentByAnn: Void = {
            for number in 0..<4 { try await ann.send(.offer(from: nil, to: CoreDriver.bob, sdp: "\(number) " + sdp)) }
        }()
        async let sentByBob: Void = {
            for number in 0..<4 { try await bob.send(.offer(from: nil, to: CoreDriver.ann, sdp: "\(number) " + sdp)) }
        }()
        for client in [ann, bob] {
            for number in 0..<4 {
                let received = try await SignalingParty.first(client) {
                    if case .offer(_, _, let sdp) = $0 { sdp } else { nil }
                }
                #expect(received == "\(number) " + sdp)
            }
        }
        _ = try await (sentByAnn, sentByBob)
        for client in [ann, bob] { await client.close() }
        await server.stop()
    }

    @Test("who says nothing, begins a ClientHello and stops, or dribbles it, is closed when the time is up")
    func slowHello() async throws {
        let (server, port) = try await server(.init(registrationTime: .milliseconds(300)))
        // A record of 512 bytes, of which hardly any come.
        let start: [UInt8] = [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC]
        for bytes in [[], [0x16], start] as [[UInt8]] {
            var peer = try await RawPeer.connect(port: port)
            if !bytes.isEmpty { try await peer.send(bytes) }
            #expect(await peer.rest() == "")
        }
        var dribbler = try await RawPeer.connect(port: port)
        try await dribbler.send(start)
        let channel = dribbler.channel
        // It would take ten seconds for the record.
        let dribbling = channel.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(20)) { _ in
            channel.writeAndFlush(ByteBuffer(bytes: [0x03]), promise: nil)
        }
        let begun = ContinuousClock.now
        #expect(await dribbler.rest() == "")
        #expect(ContinuousClock.now - begun < .seconds(8))
        dribbling.cancel()
        await server.stop()
    }

    @Test("who finishes the handshake and then says nothing is closed at the same limit")
    func silentAfterHandshake() async throws {
        let (server, port) = try await server(.init(registrationTime: .milliseconds(300)))
        var peer = try await RawPeer.connect(port: port, tls: try RawTLS.client())
        #expect(await peer.rest() == "")
        await server.stop()
    }

    @Test("connections in the handshake count, and make room")
    func admission() async throws {
        let (server, port) = try await server(.init(unregisteredPerAddress: 2))
        var first = try await RawPeer.connect(port: port)
        try await first.send([0x16, 0x03, 0x01])
        let second = try await RawPeer.connect(port: port)
        let third = try await client(port, as: CoreDriver.ann)
        #expect(await first.rest() == "")
        try await SignalingParty.list(of: 1, third)
        await second.close()
        await third.close()
        await server.stop()
    }

    @Test(
        "TLS 1.2 and 1.3 are spoken, 1.1 is not",
        arguments: [(TLSVersion.tlsv13, true), (.tlsv12, true), (.tlsv11, false)])
    func versions(version: TLSVersion, isSpoken: Bool) async throws {
        let (server, port) = try await server()
        let context = try RawTLS.client(version)
        if isSpoken {
            let peer = try await RawPeer.open(port: port, tls: context)
            await peer.close()
        } else {
            var peer = try await RawPeer.connect(port: port, tls: context)
            #expect(await peer.rest() == "")
        }
        await server.stop()
    }

    @Test("a client is told when the server speaks TLS 1.1 only")
    func oldServer() async throws {
        let issued = try TestAuthority().issue(["localhost"])
        var listener = try await RawListener(tls: try RawTLS.server(issued, upTo: .tlsv11))
        let port = listener.port
        async let failure = SignalingClient.failure(to: "wss://localhost:\(port)", .pinned(issued.fingerprint))
        var peer = try await listener.accept()
        _ = await peer.rest()
        let error = await failure
        #expect(error?.code == .tlsFailed && error?.message.contains("TLS 1.2") == true, "\(String(describing: error))")
        await listener.close()
    }

    @Test("a plain request is told that the port speaks TLS, and its connection ends")
    func plainRequest() async throws {
        let (server, port) = try await server()
        let reply = try await HTTPProbe.get(port: port, path: "/ws")
        #expect(reply.hasPrefix("HTTP/1.1 400 ") && reply.contains("wss:"))
        let error = await #expect(throws: SignalingError.self) {
            try await SignalingClient.connect(to: "ws://127.0.0.1:\(port)")
        }
        #expect(error?.code == .upgradeRefused && error?.message.contains("400") == true)
        await server.stop()
    }

    @Test("TLS to a plain port, and nonsense to either, end the connection")
    func wrongPort() async throws {
        let plain = SignalingServer(configuration: .init(host: "127.0.0.1", port: 0))
        let plainPort = try await plain.start()
        var peer = try await RawPeer.connect(port: plainPort, tls: try RawTLS.client())
        #expect(await peer.rest() == "")
        let (server, port) = try await server()
        for start in [[0xFF, 0x00, 0x01, 0x02, 0x03], [0x16, 0x03, 0x01, 0xFF, 0xFF]] as [[UInt8]] {
            var peer = try await RawPeer.connect(port: port)
            try await peer.send(start + [UInt8](repeating: 7, count: 100))
            #expect(await !peer.rest().hasPrefix("HTTP"))
        }
        await plain.stop()
        await server.stop()
    }

    @Test("a client that closes its half, with TLS's own goodbye or without, is gone for the others")
    func halfClosed() async throws {
        let (server, port) = try await server(.init(heartbeatInterval: .seconds(60)))
        let listener = try await client(port, as: CoreDriver.ann)
        try await SignalingParty.list(of: 1, listener)
        for isClean in [true, false] {
            let peer = try await RawPeer.open(port: port, tls: try RawTLS.client())
            let register = FrameCase.Frame(opcode: 1, payload: Array(CoreDriver.register(CoreDriver.bob, "x").utf8))
            try await peer.send(register.bytes(isMasked: true))
            try await SignalingParty.list(of: 2, listener)
            if isClean {
                try await peer.channel.close(mode: .output)
            } else {
                // Below TLS.
                let raw = peer.channel
                try await raw.eventLoop.submit {
                    let tls = try raw.pipeline.syncOperations.context(handlerType: NIOSSLClientHandler.self)
                    tls.close(mode: .output, promise: nil)
                }.get()
            }
            try await SignalingParty.list(of: 1, listener)
            await peer.close()
        }
        await listener.close()
        await server.stop()
    }

    @Test("the server's end is a close with 1001, and TLS's goodbye behind it")
    func serverStops() async throws {
        let (server, port) = try await server()
        let client = try await client(port, as: CoreDriver.ann)
        try await SignalingParty.list(of: 1, client)
        await server.stop()
        let error = await #expect(throws: SignalingError.self) {
            try await SignalingParty.first(client) { _ in nil as Bool? }
        }
        #expect(error?.code == .closed && error?.closeCode == 1001)
    }

    @Test("a connection that breaks without TLS's goodbye is one that broke, as without TLS")
    func brokenConnection() async throws {
        let issued = try TestAuthority().issue(["localhost"])
        var listener = try await RawListener(tls: try RawTLS.server(issued))
        let port = listener.port
        async let connecting = SignalingClient.connect(
            to: "wss://localhost:\(port)", configuration: .init(tls: .pinned(issued.fingerprint)))
        var peer = try await listener.accept()
        try await peer.send(ClientHandshakeTests.answer(to: try await peer.head()))
        let client = try await connecting
        let raw = peer.channel
        try await raw.eventLoop.submit {
            try raw.pipeline.syncOperations.context(handlerType: NIOSSLServerHandler.self).close(promise: nil)
        }.get()
        let error = await #expect(throws: SignalingError.self) {
            try await SignalingParty.first(client) { _ in nil as Bool? }
        }
        #expect(error?.code == .connectionFailed && error?.message.contains("broke") == true)
        await listener.close()
    }

    @Test("fifty clients at once get in")
    func manyClients() async throws {
        let (server, port) = try await server(
            .init(heartbeatInterval: .seconds(60), registrationTime: .seconds(60)))
        try await withThrowingTaskGroup(of: SignalingClient.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    try await SignalingClient.connect(
                        to: "wss://127.0.0.1:\(port)",
                        configuration: .init(
                            connectTimeout: .seconds(60), tls: pinned, heartbeatInterval: .seconds(60)))
                }
            }
            var clients: [SignalingClient] = []
            for try await client in group { clients.append(client) }
            for (client, id) in zip(clients, [CoreDriver.ann, CoreDriver.bob]) {
                try await client.register(Registration(peerID: id, peerType: .display, displayName: "x"))
            }
            for client in clients.prefix(2) { try await SignalingParty.list(of: 2, client) }
            for client in clients { await client.close() }
        }
        await server.stop()
    }

    @Test("a page's origin is the server's own with https:, and not with http:")
    func origins() async throws {
        var configuration = SignalingServerConfiguration(host: nil, port: 0, tls: tls)
        configuration.hostNames = ["chat.example.org"]
        let server = SignalingServer(configuration: configuration)
        let port = try await server.start()
        for (origin, status) in [("https://chat.example.org", 101), ("http://chat.example.org", 403)] {
            var peer = try await RawPeer.connect(port: port, tls: try RawTLS.client())
            try await peer.send(RawPeer.request(["Host": "chat.example.org", "Origin": origin]))
            #expect(try await peer.head().hasPrefix("HTTP/1.1 \(status) "))
            await peer.close()
        }
        await server.stop()
    }

    @Test(
        "Python's ssl believes a self-made certificate as a root, finds the name, and agrees on http/1.1",
        .enabled("no python3") { (try? await PythonClient.run("import ssl", ""))?.status == 0 })
    func python() async throws {
        let folder = try TestFolder()
        let made = try SelfMadeCertificate(names: ["localhost"], validFor: .seconds(3600), now: .now)
        let base64 = Data(made.certificate).base64EncodedString()
        let path = try folder.replace(
            "-----BEGIN CERTIFICATE-----\n\(base64)\n-----END CERTIFICATE-----\n", "own.pem")
        let server = SignalingServer(
            configuration: .init(host: "127.0.0.1", port: 0, tls: ServerTLS(source: .selfMade(made))))
        let port = try await server.start()
        let (status, output) = try await PythonClient.run(Self.script, "\(path) \(port)")
        #expect(status == 0 && output == "ok\n", "\(output)")
        await server.stop()
    }

    private static let script = #"""
        import socket, ssl, sys

        path, port = sys.argv[1].split(" ")
        context = ssl.create_default_context(cafile=path)
        context.set_alpn_protocols(["h2", "http/1.1"])
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context.minimum_version = context.maximum_version = version
            with socket.create_connection(("127.0.0.1", int(port)), 10) as plain:
                with context.wrap_socket(plain, server_hostname="localhost") as tls:
                    assert tls.selected_alpn_protocol() == "http/1.1"
                    tls.sendall(b"GET /ws HTTP/1.1\r\nHost: localhost:" + port.encode() + b"\r\nUpgrade: websocket\r\n"
                                b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                    answer = tls.recv(1000)
                    assert answer.startswith(b"HTTP/1.1 101 "), answer
        print("ok")
        """#
}
