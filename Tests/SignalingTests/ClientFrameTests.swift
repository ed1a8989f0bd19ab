import Foundation
import Testing

@testable import Signaling

@Suite("frames to the client, over a raw socket", .timeLimit(.minutes(2)))
struct ClientFrameTests {
    /// A client and the raw server it is connected to, which sent `first` in one piece with its answer.
    private func connected(
        first: [UInt8] = [], configuration: SignalingClientConfiguration = .init()
    ) async throws -> (SignalingClient, RawPeer) {
        var listener = try await RawListener()
        let port = listener.port
        async let connecting = SignalingClient.connect(
            to: "ws://127.0.0.1:\(port)/ws", configuration: configuration)
        var peer = try await listener.accept()
        let answer = ClientHandshakeTests.answer(to: try await peer.head())
        try await peer.send(Array(answer.utf8) + first)
        let client = try await connecting
        await listener.close()
        return (client, peer)
    }

    /// All messages until the connection ends, and how it did.
    private func messages(_ client: SignalingClient) async -> ([[UInt8]], SignalingError?) {
        var messages: [[UInt8]] = []
        do throws(SignalingError) {
            for try await message in client.messages {
                guard case .offer(_, _, let sdp) = message else { continue }
                messages.append(FrameCase.message(sdp))
            }
            return (messages, nil)
        } catch {
            return (messages, error)
        }
    }

    @Test(
        "each case is answered as RFC 6455 says, and what is no message ends the connection", arguments: FrameCase.all)
    func cases(_ frameCase: FrameCase) async throws {
        var (client, peer) = try await connected()
        var bytes = frameCase.frames.flatMap { $0.bytes(isMasked: false) }
        if frameCase.stays { bytes += FrameCase.Frame(opcode: 8, payload: [0x03, 0xE8]).bytes(isMasked: false) }
        try await peer.send(bytes)
        var controls: [FrameCase.Outcome] = []
        while let frame = await peer.frame() {
            #expect(frame.isMasked)
            switch frame.opcode {
            case 10: controls.append(.pong(frame.payload))
            case 8:
                controls.append(.close(frame.closeCode))
                await peer.close()  // it is the server that closes the TCP connection
            default: break
            }
        }
        let expected = frameCase.outcomes + (frameCase.stays ? [.close(1000)] : [])
        #expect(
            controls == expected.filter { if case .message = $0 { false } else { true } })
        let (messages, error) = await messages(client)
        #expect(messages.map { .message($0) } == expected.filter { if case .message = $0 { true } else { false } })
        #expect(error != nil)
        await client.close()
    }

    @Test("frames that come in one piece with the 101 are read, whole or begun", arguments: [0, 1, 20, 110])
    func atOnce(missing: Int) async throws {
        let first = FrameCase.message("first")
        let bytes =
            FrameCase.Frame(opcode: 9, payload: [7]).bytes(isMasked: false)
            + FrameCase.Frame(opcode: 1, payload: first).bytes(isMasked: false)
            + FrameCase.Frame(opcode: 1, payload: FrameCase.message("second")).bytes(isMasked: false)
        var (client, peer) = try await connected(first: bytes.dropLast(missing))
        let pong = await peer.frame()
        #expect(pong?.opcode == 10 && pong?.payload == [7])
        try await peer.send(Array(bytes.suffix(missing)))
        var messages = client.messages.makeAsyncIterator()
        for sdp in ["first", "second"] {
            #expect(try await messages.next() == .offer(from: FrameCase.id, to: FrameCase.id, sdp: sdp))
        }
        await peer.close()
        await client.close()
    }

    @Test("a message above the limit ends the connection with 1009 and says so")
    func tooLarge() async throws {
        var (client, peer) = try await connected(configuration: .init(maximumMessageSize: 1000))
        try await peer.send(
            FrameCase.Frame(opcode: 1, payload: FrameCase.message(size: 1001)).bytes(isMasked: false))
        #expect(await peer.frame()?.closeCode == 1009)
        let (messages, error) = await messages(client)
        #expect(messages.isEmpty && error?.code == .messageTooLarge)
        await peer.close()
        await client.close()
    }

    @Test("a connection that breaks without a close is an error, and the client's close waits for the server's")
    func closing() async throws {
        var (client, peer) = try await connected()
        await peer.close()
        #expect(await messages(client).1?.code == .connectionFailed)
        await client.close()
        (client, peer) = try await connected()
        async let closed: Void = client.close()
        let close = await peer.frame()
        #expect(close?.opcode == 8 && close?.closeCode == 1000)
        try await peer.send(FrameCase.Frame(opcode: 8, payload: [0x03, 0xE8]).bytes(isMasked: false))
        #expect(await peer.frame() == nil)
        await closed
        #expect(await messages(client).1 == nil)
    }

    @Test("a server that is silent for three intervals is given up, though it is sent pings and heartbeats")
    func silentServer() async throws {
        var (client, peer) = try await connected(configuration: .init(heartbeatInterval: .milliseconds(500)))
        try await client.register(Registration(peerID: FrameCase.id, peerType: .display, displayName: "x"))
        let (messages, error) = await messages(client)
        #expect(messages.isEmpty && error?.code == .timedOut)
        var frames: [RawPeer.Frame] = []
        while let frame = await peer.frame() { frames.append(frame) }
        #expect(frames.contains { $0.opcode == 9 } && frames.contains { $0.text.contains("heartbeat") })
        await client.close()
    }
}
