import Testing

@testable import Signaling

@Suite("frames to the server, over a raw socket", .timeLimit(.minutes(2)))
struct ServerFrameTests {
    @Test("each case is answered as RFC 6455 says, and a connection that ends ends in order", arguments: FrameCase.all)
    func cases(_ frameCase: FrameCase) async throws {
        let server = SignalingServer(configuration: .init(host: "127.0.0.1", port: 0))
        let port = try await server.start()
        var peer = try await RawPeer.open(port: port)
        let register = CoreDriver.register(FrameCase.id, "x")
        try await peer.send(FrameCase.Frame(opcode: 1, payload: Array(register.utf8)).bytes(isMasked: true))
        #expect(await peer.frame()?.text.contains("peer_list") == true)
        let end: [UInt8] = Array("the end".utf8)
        var bytes = frameCase.frames.flatMap { $0.bytes(isMasked: true) }
        if frameCase.stays { bytes += FrameCase.Frame(opcode: 9, payload: end).bytes(isMasked: true) }
        try await peer.send(bytes)
        var outcomes: [FrameCase.Outcome] = []
        reading: while let frame = await peer.frame() {
            #expect(!frame.isMasked)
            switch frame.opcode {
            case 1: outcomes.append(.message(frame.payload))
            case 10 where frame.payload == end: break reading
            case 10: outcomes.append(.pong(frame.payload))
            case 8: outcomes.append(.close(frame.closeCode))
            default: break
            }
        }
        #expect(outcomes == frameCase.outcomes)
        await peer.close()
        await server.stop()
    }

    @Test("a message above 64 KiB is an error, above 1 MiB the end with 1009, however it comes")
    func tooLarge() async throws {
        let server = SignalingServer(configuration: .init(host: "127.0.0.1", port: 0))
        let port = try await server.start()
        var peer = try await RawPeer.open(port: port)
        let large = FrameCase.Frame(opcode: 1, payload: FrameCase.message(size: 65537)).bytes(isMasked: true)
        try await peer.send(large)
        #expect(await peer.frame()?.text.contains(#""code":"too-large""#) == true)
        try await peer.send(FrameCase.Frame(opcode: 1, length: (8, 1 << 20 + 1)).bytes(isMasked: true))
        let close = await peer.frame()
        #expect(close?.opcode == 8 && close?.closeCode == 1009)
        #expect(await peer.frame() == nil)
        await server.stop()
    }
}
