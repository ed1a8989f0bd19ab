import NIOCore
import Testing

@testable import Signaling

@Suite("strangers at the server, over raw sockets", .timeLimit(.minutes(1)))
struct ServerLimitTests {
    private let ann = CoreDriver.ann
    private let bob = CoreDriver.bob

    private func text(_ text: String) -> [UInt8] {
        FrameCase.Frame(opcode: 1, payload: Array(text.utf8)).bytes(isMasked: true)
    }

    private func server(_ limits: SignalingLimits, _ loops: Int) async throws -> (SignalingServer, UInt16) {
        let server = SignalingServer(
            configuration: .init(host: "127.0.0.1", port: 0, eventLoops: loops, limits: limits))
        return (server, try await server.start())
    }

    /// The code that a peer is closed with.
    private func closeCode(_ peer: inout RawPeer) async -> UInt16? {
        while let frame = await peer.frame() {
            if frame.opcode == 8 { return frame.closeCode }
        }
        return nil
    }

    @Test("sockets that only ping lock nobody out: the oldest goes, who has registered stays", arguments: [1, 4])
    func lockOut(loops: Int) async throws {
        let (server, port) = try await server(.init(sockets: 3, unregisteredPerAddress: 3), loops)
        let registered = try await SignalingClient.connect(to: "ws://127.0.0.1:\(port)")
        try await registered.register(Registration(peerID: ann, peerType: .display, displayName: "x"))
        var messages = registered.messages.makeAsyncIterator()
        _ = try await messages.next()
        var strangers: [RawPeer] = []
        for _ in 0..<2 {
            var stranger = try await RawPeer.open(port: port)
            try await stranger.send(FrameCase.Frame(opcode: 9).bytes(isMasked: true))
            #expect(await stranger.frame()?.opcode == 10)
            strangers.append(stranger)
        }
        let newcomer = try await SignalingClient.connect(to: "ws://127.0.0.1:\(port)")
        try await newcomer.register(Registration(peerID: bob, peerType: .display, displayName: "x"))
        guard case .peerList(let list)? = try await messages.next() else { throw RawPeer.Ended() }
        #expect(list.map(\.id) == [ann, bob])
        #expect(await closeCode(&strangers[0]) == 1013)
        await server.stop()
    }

    @Test(
        "a connection that is no WebSocket yet makes room as well, and beyond the registered ones nobody is let in",
        arguments: [1, 4])
    func plainConnections(loops: Int) async throws {
        let (server, port) = try await server(.init(sockets: 2), loops)
        var idle = try await RawPeer.connect(port: port)
        var first = try await RawPeer.open(port: port)
        var second = try await RawPeer.open(port: port)
        #expect(await idle.rest() == "")
        for (id, _) in [(ann, 0), (bob, 1)] {
            let bytes = text(CoreDriver.register(id, "x"))
            if id == ann { try await first.send(bytes) } else { try await second.send(bytes) }
        }
        #expect(await first.frame()?.opcode == 1)
        #expect(await second.frame()?.opcode == 1)
        var third = try await RawPeer.connect(port: port)
        #expect(await third.rest() == "")
        await first.close()
        await second.close()
        await server.stop()
    }

    @Test("who does not register in time is told so, and closed with 1008", arguments: [1, 4])
    func registrationTime(loops: Int) async throws {
        let (server, port) = try await server(
            .init(heartbeatInterval: .seconds(1), registrationTime: .seconds(3)), loops)
        let client = try await SignalingClient.connect(to: "ws://127.0.0.1:\(port)")
        var messages = client.messages.makeAsyncIterator()
        guard case .error(let error)? = try await messages.next() else { throw RawPeer.Ended() }
        #expect(error.code == "not-registered")
        let end = await #expect(throws: SignalingError.self) { try await messages.next() }
        #expect(end?.closeCode == 1008)
        await client.close()
        await server.stop()
    }

    @Test("a deaf socket whose outbox is full is closed, and the others hear of it at once", arguments: [1, 4])
    func deafSocket(loops: Int) async throws {
        let (server, port) = try await server(
            .init(heartbeatInterval: .seconds(60), outbox: 8, outboxBytes: 1 << 16), loops)
        let deaf = try await RawPeer.open(port: port, isDeaf: true)
        let listener = try await SignalingClient.connect(to: "ws://127.0.0.1:\(port)")
        try await listener.register(Registration(peerID: ann, peerType: .display, displayName: "x"))
        var messages = listener.messages.makeAsyncIterator()
        let padding = String(repeating: "x", count: 60_000)
        try await deaf.send(text(CoreDriver.register(bob, "x")))
        // Its own offers come back to it until the system's buffers are full, and then its outbox.
        let offer = text(#"{"type":"offer","to_peer_id":"\#(bob)","sdp":"\#(padding)"}"#)
        let sending = Task { [channel = deaf.channel] in
            for _ in 0..<2000 { try await channel.writeAndFlush(ByteBuffer(bytes: offer)) }
        }
        var counts: [Int] = []
        while counts.last != 1 || counts.count < 3, case .peerList(let list)? = try await messages.next() {
            counts.append(list.count)
        }
        #expect(counts.contains(2) && counts.last == 1, "bob came, and is gone")
        sending.cancel()
        await deaf.close()
        _ = try? await sending.value
        await server.stop()
    }

    @Test(
        "what waits for all sockets is bounded: the one for which most waits is closed, the others go on",
        arguments: [1, 4])
    func allOutboxes(loops: Int) async throws {
        // It must not be its silence that ends it.
        let (server, port) = try await server(
            .init(heartbeatInterval: .seconds(60), outbox: 10_000, outboxBytes: 1 << 30, allOutboxBytes: 1 << 20), loops
        )
        let deaf = try await RawPeer.open(port: port, isDeaf: true)
        try await deaf.send(text(CoreDriver.register(bob, "x")))
        let sender = try await SignalingClient.connect(to: "ws://127.0.0.1:\(port)")
        try await sender.register(Registration(peerID: ann, peerType: .display, displayName: "x"))
        let sdp = String(repeating: "x", count: 60_000)
        var isGone = false
        var messages = sender.messages.makeAsyncIterator()
        for _ in 0..<2000 where !isGone {
            try await sender.send(.offer(from: nil, to: bob, sdp: sdp))
            try await sender.send(.offer(from: nil, to: ann, sdp: "echo"))
            while let message = try await messages.next() {
                if case .error(let error) = message { isGone = isGone || error.to == bob }
                if case .offer = message { break }
            }
        }
        #expect(isGone)
        await server.stop()
        await deaf.close()
    }

    @Test(
        "unfinished messages are bounded in all: the one that is unfinished for longest is closed, others go on",
        arguments: [1, 4])
    func unfinished(loops: Int) async throws {
        let (server, port) = try await server(.init(unfinishedBytes: 200_000), loops)
        var peers: [RawPeer] = []
        let begun = FrameCase.Frame(opcode: 1, payload: [UInt8](repeating: 32, count: 60_000), isFinal: false)
        for _ in 0..<4 {
            var peer = try await RawPeer.open(port: port)
            // The ping is answered when what stands before it has been read.
            try await peer.send(begun.bytes(isMasked: true) + FrameCase.Frame(opcode: 9).bytes(isMasked: true))
            #expect(await peer.frame()?.opcode == 10)
            peers.append(peer)
        }
        #expect(await closeCode(&peers[0]) == 1013)
        try await peers[3].send(FrameCase.Frame(opcode: 0).bytes(isMasked: true))
        #expect(await peers[3].frame()?.text.contains("malformed") == true)
        await server.stop()
    }

    @Test("rooms are open on loopback; on all addresses only when they are opened, while the mesh is open")
    func rooms() async throws {
        for (host, opensRooms, isOpen) in [("127.0.0.1", false, true), (nil, false, false), (nil, true, true)] {
            let server = SignalingServer(configuration: .init(host: host, port: 0, opensRooms: opensRooms))
            var peer = try await RawPeer.open(port: try await server.start())
            try await peer.send(text(#"{"type":"join","peerId":"A"}"#))
            #expect(await peer.frame()?.text.contains(isOpen ? "peer-list" : "unauthorized") == true)
            await peer.close()
            await server.stop()
        }
    }

    @Test(
        "five bad messages end a socket with 1008, and the TCP connection with it when the close is answered",
        arguments: [1, 4])
    func badMessages(loops: Int) async throws {
        let (server, port) = try await server(.init(), loops)
        var peer = try await RawPeer.open(port: port)
        for _ in 0..<5 { try await peer.send(text("nonsense")) }
        for _ in 0..<5 { #expect(await peer.frame()?.text.contains(#""code":"malformed""#) == true) }
        #expect(await closeCode(&peer) == 1008)
        try await peer.send(FrameCase.Frame(opcode: 8, payload: [0x03, 0xF0]).bytes(isMasked: true))
        #expect(await peer.frame() == nil)
        await server.stop()
    }

    @Test("who does not answer the server's close is cut off all the same", arguments: [1, 4])
    func unansweredClose(loops: Int) async throws {
        let (server, port) = try await server(.init(), loops)
        var peer = try await RawPeer.open(port: port)
        await server.stop()
        let close = await peer.frame()
        #expect(close?.opcode == 8 && close?.closeCode == 1001)
        #expect(await peer.frame() == nil)
    }
}
