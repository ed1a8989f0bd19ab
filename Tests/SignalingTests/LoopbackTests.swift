import JSEP
import Foundation
import Testing

@testable import Signaling

@Suite("signaling server and clients on loopback", .timeLimit(.minutes(1)))
struct LoopbackTests {
    private let ann = "0A0A0A0A-0000-4000-8000-00000000000A"
    private let bob = "0B0B0B0B-0000-4000-8000-00000000000B"
    private let eve = "0E0E0E0E-0000-4000-8000-00000000000E"

    private func server(limits: SignalingLimits = .init()) async throws -> SignalingServer {
        let server = SignalingServer(configuration: .init(host: "127.0.0.1", port: 0, limits: limits))
        try await server.start()
        return server
    }

    private func client(
        _ server: SignalingServer, as id: String? = nil, configuration: SignalingClientConfiguration = .init()
    ) async throws -> SignalingClient {
        let port = try #require(server.port)
        let client = try await SignalingClient.connect(to: "ws://127.0.0.1:\(port)/ws", configuration: configuration)
        guard let id else { return client }
        try await client.register(Registration(peerID: id, peerType: .display, displayName: "x"))
        return client
    }

    /// Reads until a message meets the condition.
    private func first<Value>(
        _ client: SignalingClient, _ pick: (MeshMessage) -> Value?
    ) async throws -> Value {
        for try await message in client.messages {
            if let value = pick(message) { return value }
        }
        throw Missing()
    }

    private struct Missing: Error {}

    private func peers(_ message: MeshMessage) -> [String]? {
        guard case .peerList(let peers) = message else { return nil }
        return peers.map(\.id)
    }

    @Test("two clients exchange offer, answer and candidates, and see each other come and go")
    func exchange() async throws {
        let server = try await server()
        let (first, second) = (try await client(server, as: ann), try await client(server, as: bob))
        _ = try await self.first(first) { peers($0)?.count == 2 ? true : nil }
        #expect(await server.peers().map(\.id) == [ann, bob])
        try await first.send(.offer(from: nil, to: bob, sdp: "v=0\r\nü"))
        let offer = try await self.first(second) { if case .offer = $0 { $0 } else { nil } }
        #expect(offer == .offer(from: ann, to: bob, sdp: "v=0\r\nü"))
        try await second.send(.answer(from: bob, to: ann, sdp: "a"))
        try await second.send(.ice(from: bob, to: ann, candidate: CandidateMessage(candidate: "c", sdpMid: "0")))
        try await second.send(.ice(from: bob, to: ann, candidate: nil))
        var messages = first.messages.makeAsyncIterator()
        #expect(try await messages.next() == .answer(from: bob, to: ann, sdp: "a"))
        #expect(
            try await messages.next()
                == .ice(from: bob, to: ann, candidate: CandidateMessage(candidate: "c", sdpMid: "0")))
        #expect(try await messages.next() == .ice(from: bob, to: ann, candidate: nil))
        server.setLeader(bob)
        guard case .peerList(let list)? = try await messages.next() else { throw Missing() }
        #expect(list.map(\.isLeader) == [false, true])
        await second.close()
        await second.close()
        #expect(try await messages.next().flatMap(peers) == [ann])
        await #expect(throws: SignalingError.self) { try await second.send(.heartbeat(peerID: bob)) }
        await server.stop()
        let error = await #expect(throws: SignalingError.self) { try await messages.next() }
        #expect(error?.closeCode == 1001)
        await first.close()
    }

    @Test("two negotiators talk through the server, each to its peer alone")
    func negotiation() async throws {
        let server = try await server()
        let (first, second) = (try await client(server, as: ann), try await client(server, as: bob))
        let third = try await client(server, as: eve)
        _ = try await self.first(first) { peers($0)?.count == 3 ? true : nil }
        let (here, there) = (PeerSignaling(first, peer: bob), PeerSignaling(second, peer: ann))
        let candidate = ICECandidateInit(candidate: "c", sdpMid: "0", sdpMLineIndex: 0, usernameFragment: "abcd")
        try await third.send(.offer(from: nil, to: bob, sdp: "not for them"))
        let payloads: [SignalingPayload] = [
            .description(SessionDescription(type: .offer, sdp: "o")), .candidate(candidate), .candidate(nil),
        ]
        for payload in payloads { try await here.send(payload) }
        var incoming = there.messages.makeAsyncIterator()
        for payload in payloads { #expect(try await incoming.next() == .message(payload)) }
        // The dialect has no word for it, so what comes next is the answer.
        try await there.send(.description(SessionDescription(type: .rollback), answers: "1 1"))
        let answer = SignalingPayload.description(SessionDescription(type: .answer, sdp: "a"))
        try await there.send(answer)
        var back = here.messages.makeAsyncIterator()
        #expect(try await back.next() == .message(answer))
        await server.stop()
    }

    @Test("an id in use ends the second socket with 4409")
    func idInUse() async throws {
        let server = try await server()
        let holder = try await client(server, as: ann)
        _ = try await first(holder, peers)
        let other = try await client(server, as: ann)
        #expect(try await first(other) { if case .error(let error) = $0 { error.code } else { nil } } == "id-in-use")
        let error = await #expect(throws: SignalingError.self) { try await self.first(other, peers) }
        #expect(error?.closeCode == 4409)
        #expect(await server.peers().map(\.id) == [ann])
        await server.stop()
    }

    @Test("pongs keep a client that sends nothing itself")
    func silence() async throws {
        let server = try await server(limits: .init(heartbeatInterval: .seconds(1)))
        let lively = try await client(server, as: ann, configuration: .init(heartbeatInterval: .seconds(60)))
        let silent = try await RawPeer.open(port: try #require(server.port))
        let register = #"{"type":"register","peer_id":"\#(bob)"}"#
        try await silent.send(FrameCase.Frame(opcode: 1, payload: Array(register.utf8)).bytes(isMasked: true))
        _ = try await first(lively) { peers($0)?.count == 2 ? true : nil }
        #expect(try await first(lively, peers) == [ann])
        #expect(await server.peers().map(\.id) == [ann])
        await silent.close()
        await server.stop()
    }

    @Test("a slow reader alone is closed with 1013 while the others go on")
    func slowReader() async throws {
        let server = try await server(limits: .init(heartbeatInterval: .seconds(60), outbox: 32))
        let slow = try await client(server, as: bob, configuration: .init(queueLimit: 1))
        let (sender, other) = (try await client(server, as: ann), try await client(server, as: eve))
        let sdp = String(repeating: "x", count: 60_000)
        // The slow one reads nothing; the kernel's buffers take some megabytes before the outbox fills.
        var isGone = false
        for number in 0..<2000 where !isGone {
            try await sender.send(.offer(from: nil, to: bob, sdp: sdp))
            try await sender.send(.offer(from: nil, to: eve, sdp: "\(number)"))
            let received = try await first(other) { if case .offer(_, _, let sdp) = $0 { sdp } else { nil } }
            #expect(received == "\(number)")
            isGone = await !server.peers().contains { $0.id == bob }
        }
        #expect(isGone)
        let error = await #expect(throws: SignalingError.self) { try await first(slow) { _ in nil as Bool? } }
        #expect(error?.closeCode == 1013)
        #expect(await server.peers().map(\.id).sorted() == [ann, eve].sorted())
        await server.stop()
    }

    @Test("a port in use is an error, or replaced when that is wished")
    func portInUse() async throws {
        let server = try await server()
        let port = try #require(server.port)
        let second = SignalingServer(configuration: .init(host: "127.0.0.1", port: port))
        let error = await #expect(throws: SignalingError.self) { try await second.start() }
        #expect(error?.code == .bindFailed)
        let third = SignalingServer(configuration: .init(port: port, usesAnotherPort: true))
        let otherPort = try await third.start()
        #expect(otherPort != port && otherPort != 0)
        let url = "ws://localhost:\(otherPort)"
        let client = try await SignalingClient.connect(to: url)
        await client.close()
        await #expect(throws: SignalingError.self) { try await third.start() }
        await third.stop()
        await third.stop()
        await server.stop()
        let refused = await #expect(throws: SignalingError.self) { try await SignalingClient.connect(to: url) }
        #expect(refused?.code == .connectionFailed)
    }

    @Test("a plain GET is answered with words, other paths with 404, and neither is a WebSocket")
    func plainHTTP() async throws {
        let server = try await server()
        let port = try #require(server.port)
        for (path, status) in [("/", 200), ("/ws", 426), ("/x", 404)] {
            let reply = try await HTTPProbe.get(port: port, path: path)
            #expect(reply.hasPrefix("HTTP/1.1 \(status) "))
        }
        let error = await #expect(throws: SignalingError.self) {
            try await SignalingClient.connect(to: "ws://127.0.0.1:\(port)/x")
        }
        #expect(error?.code == .upgradeRefused)
        await server.stop()
    }

    @Test("what is no URL at all is refused with what to do")
    func urls() async {
        let none = await #expect(throws: SignalingError.self) { try await SignalingClient.connect(to: "localhost") }
        #expect(none?.code == .invalidURL)
    }

    @Test("a server that accepts and says nothing does not hold a client for ever")
    func silentServer() async throws {
        let listener = try await HTTPProbe.silentListener()
        let error = await #expect(throws: SignalingError.self) {
            try await SignalingClient.connect(
                to: "ws://127.0.0.1:\(listener.port)", configuration: .init(connectTimeout: .milliseconds(200)))
        }
        #expect(error != nil)
        try await listener.close()
    }

    @Test("a registration is kept up over a server's end, and ends when it is closed")
    func reconnecting() async throws {
        var server = try await server()
        let port = try #require(server.port)
        let client = try ReconnectingSignalingClient(
            url: "ws://127.0.0.1:\(port)", registration: .init(peerID: ann, peerType: .display, displayName: "x"),
            backoff: .init(initial: .milliseconds(10), maximum: .milliseconds(50)))
        var events = client.events.makeAsyncIterator()
        #expect(await events.next() == .connecting)
        #expect(await events.next() == .connected)
        guard case .message(.peerList)? = await events.next() else { throw Missing() }
        await server.stop()
        guard case .disconnected? = await events.next() else { throw Missing() }
        await #expect(throws: SignalingError.self) { try await client.send(.heartbeat(peerID: ann)) }
        server = SignalingServer(configuration: .init(host: "127.0.0.1", port: port))
        try await server.start()
        var event = await events.next()
        while event == .connecting || event?.isDisconnected == true { event = await events.next() }
        #expect(event == .connected)
        guard case .message(.peerList)? = await events.next() else { throw Missing() }
        try await client.send(.offer(from: nil, to: bob, sdp: "x"))
        guard case .message(.error(let error))? = await events.next() else { throw Missing() }
        #expect(error.code == "unknown-peer" && error.to == bob)
        await client.close()
        await client.close()
        #expect(await events.next() == nil)
        #expect(await server.peers().isEmpty)
        await server.stop()
    }

    @Test("each registration that succeeds begins the waits anew")
    func backoffBeginsAnew() async throws {
        var server = try await server()
        let port = try #require(server.port)
        // Were they counted on, the twentieth wait alone would be longer than the test may take.
        let client = try ReconnectingSignalingClient(
            url: "ws://127.0.0.1:\(port)", registration: .init(peerID: ann, peerType: .display, displayName: "x"),
            backoff: .init(initial: .milliseconds(1), maximum: .seconds(3600)))
        var events = client.events.makeAsyncIterator()
        for _ in 0..<20 {
            var isListed = false
            while !isListed, let event = await events.next() {
                if case .message(.peerList) = event { isListed = true }
            }
            #expect(isListed)
            await server.stop()
            server = SignalingServer(configuration: .init(host: "127.0.0.1", port: port))
            try await server.start()
        }
        await client.close()
        await server.stop()
    }
}

extension ReconnectingDialectClient.Event {
    var isDisconnected: Bool { if case .disconnected = self { true } else { false } }
}
