import AsyncQueues
import NIOCore
import NIOEmbedded
import Testing

@testable import Signaling

@Suite("the socket of a client, in memory", .timeLimit(.minutes(1)))
struct ClientSocketTests {
    private func inbox(_ configuration: SignalingClientConfiguration) -> ClientInbox<MeshMessage, SignalingError> {
        SignalingMessages.inbox(configuration)
    }

    private func message(_ sdp: String) -> (bytes: ByteBuffer, value: MeshMessage) {
        let bytes = FrameCase.Frame(opcode: 1, payload: FrameCase.message(sdp)).bytes(isMasked: false)
        return (ByteBuffer(bytes: bytes), .offer(from: FrameCase.id, to: FrameCase.id, sdp: sdp))
    }

    @Test("what waits to be sent is bounded in bytes, and what was sent counts neither there nor as a message any more")
    func queueBytes() throws {
        let configuration = SignalingClientConfiguration(queueLimit: 5, queueBytes: 1000)
        let (loop, gate) = (EmbeddedEventLoop(), Gate())
        let handler = ClientSocketHandler<MeshClientDialect>(configuration: configuration, inbox: inbox(configuration))
        let channel = EmbeddedChannel(handlers: [gate, handler], loop: loop)
        var (sent, refusals) = (0, [SignalingError.Code]())
        func send() {
            let promise = loop.makePromise(of: Void.self)
            promise.futureResult.assumeIsolated().whenComplete { result in
                do {
                    try result.get()
                    sent += 1
                } catch {
                    refusals.append((error as? SignalingError)?.code ?? .invalidState)
                }
            }
            handler.send([UInt8](repeating: 32, count: 400), promise: promise)
        }
        for round in 1...2 {
            gate.isShut = true
            for _ in 0..<4 { send() }
            #expect(sent == 3 * (round - 1) && refusals == [.outboxFull])
            refusals = []
            gate.isShut = false
            channel.flush()
            #expect(sent == 3 * round && refusals == [])
        }
        _ = try channel.finish()
        try loop.syncShutdownGracefully()
    }

    @Test("while nobody takes the messages nothing is read, and then the server has its time before it is silent")
    func readsAgain() async throws {
        let configuration = SignalingClientConfiguration(heartbeatInterval: .seconds(5), queueLimit: 1)
        let inbox = inbox(configuration)
        let channel = try await NIOAsyncTestingChannel { channel in
            let handler = ClientSocketHandler<MeshClientDialect>(configuration: configuration, inbox: inbox)
            try channel.pipeline.syncOperations.addHandler(handler)
        }
        func isReading() -> Bool? {
            channel.options.last { $0.option is ChannelOptions.Types.AutoReadOption }?.value as? Bool
        }
        try await channel.writeInbound(message("first").bytes)
        #expect(isReading() == false)
        await channel.testingEventLoop.advanceTime(by: .seconds(60))
        #expect(try await inbox.next() == message("first").value)
        await channel.testingEventLoop.advanceTime(by: .seconds(10))
        #expect(isReading() == true)
        try await channel.writeInbound(message("second").bytes)
        #expect(try await inbox.next() == message("second").value)
        await channel.testingEventLoop.advanceTime(by: .seconds(15))
        let error = await #expect(throws: SignalingError.self) { try await inbox.next() }
        #expect(error?.code == .timedOut)
        _ = try? await channel.finish()
        await channel.testingEventLoop.shutdownGracefully()
    }

    @Test("an opening handshake has to be over in time, and that time ends nothing that comes after it")
    func connectTimeout() throws {
        for isAnswered in [true, false] {
            let loop = EmbeddedEventLoop()
            let channel = EmbeddedChannel(loop: loop)
            let opening = try ClientOpening<MeshClientDialect>(
                WebSocketURL("ws://192.0.2.1/ws"), nil, nil, .init(), inbox(.init()))
            let upgraded = try opening.open(channel)
            var error: (any Error)?
            upgraded.assumeIsolated().whenFailure { error = $0 }
            try channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 80)).wait()
            var request = ""
            while let part = try channel.readOutbound(as: ByteBuffer.self) { request += String(buffer: part) }
            if isAnswered { try channel.writeInbound(ByteBuffer(string: ClientHandshakeTests.answer(to: request))) }
            loop.advanceTime(by: .milliseconds(4999))
            #expect(channel.isActive)
            loop.advanceTime(by: .milliseconds(1))
            #expect(channel.isActive == isAnswered)
            #expect((error == nil) == isAnswered)
            if let error { #expect(opening.reason(error, "x").code == .timedOut) }
            _ = try? channel.finish(acceptAlreadyClosed: true)
            try loop.syncShutdownGracefully()
        }
    }

    @Test("a server that does not answer the goodbye is left after two seconds")
    func unansweredClose() throws {
        let loop = EmbeddedEventLoop()
        let handler = ClientSocketHandler<MeshClientDialect>(configuration: .init(), inbox: inbox(.init()))
        let channel = EmbeddedChannel(handler: handler, loop: loop)
        try channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 1)).wait()
        handler.close()
        loop.advanceTime(by: .milliseconds(1999))
        #expect(channel.isActive)
        loop.advanceTime(by: .milliseconds(1))
        #expect(!channel.isActive)
        _ = try channel.finish(acceptAlreadyClosed: true)
        try loop.syncShutdownGracefully()
    }

    @Test("nothing of a socket, not its heartbeats either, is left when its connection is gone")
    func released() throws {
        let loop = EmbeddedEventLoop()
        weak var remains: ClientSocketHandler<MeshClientDialect>?
        do {
            let handler = ClientSocketHandler<MeshClientDialect>(configuration: .init(), inbox: inbox(.init()))
            remains = handler
            try EmbeddedChannel(handler: handler, loop: loop).close().wait()
            loop.run()
        }
        #expect(remains == nil)
        try loop.syncShutdownGracefully()
    }
}

/// Holds back what is written while it is shut, as a system does whose buffers are full.
private final class Gate: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    var isShut = false

    func flush(context: ChannelHandlerContext) {
        if !isShut { context.flush() }
    }
}
