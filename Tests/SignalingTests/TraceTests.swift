import InMemoryTracing
import NIOCore
import NIOEmbedded
import Testing
import Tracing

@testable import Signaling

@Suite("the traces of a server", .timeLimit(.minutes(1)))
struct TraceTests {
    private let tracer = InMemoryTracer()

    @Test("a WebSocket is one span from its upgrade to its close, whatever is said on it")
    func span() throws {
        let driver = HubDriver(tracer: tracer)
        let (first, second) = (try driver.socket(as: CoreDriver.ann), try driver.socket())
        #expect(tracer.activeSpans.count == 2 && tracer.finishedSpans.isEmpty)
        for _ in 0..<3 { try first.offer(to: CoreDriver.ann) }
        try first.send(FrameCase.Frame(opcode: 8, payload: [0x03, 0xE8] + Array("SECRET".utf8)))
        try first.channel.close().wait()
        #expect(tracer.activeSpans.count == 1)
        try second.channel.close().wait()
        #expect(tracer.activeSpans.isEmpty && tracer.finishedSpans.count == 2)
        let spans = tracer.finishedSpans
        #expect(spans.map(\.operationName) == ["signaling socket", "signaling socket"])
        #expect(spans.allSatisfy { $0.parentSpanID == nil && $0.events.isEmpty })
        #expect(Set(spans.map(\.traceID)).count == 2)
        let attributes = spans.map(\.attributes)
        #expect(attributes.first?.get("signaling.dialect") == .string("mesh"))
        #expect(attributes.map { $0.get("signaling.close_code") } == [.int64(1000), .int64(1006)])
        #expect(attributes.map { $0.get("signaling.messages.received") } == [.int64(4), .int64(0)])
        #expect(attributes.first?.get("signaling.messages.sent") == .int64(4))
        #expect(attributes.last?.get("signaling.dialect") == nil)
    }

    @Test("a server traces with the tracer of its configuration, and a request joins no trace of its choice")
    func server() async throws {
        #expect(SocketSpan.bootstrapped == nil)
        let server = SignalingServer(configuration: .init(host: "127.0.0.1", port: 0, tracer: tracer))
        var peer = try await RawPeer.connect(port: try await server.start())
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        try await peer.send(RawPeer.request(["traceparent": parent, "in-memory-trace-id": "theirs"]))
        _ = try await peer.head()
        await server.stop()
        #expect(tracer.finishedSpans.map(\.traceID).count == 1)
        #expect(tracer.finishedSpans.first?.traceID != "theirs" && tracer.finishedSpans.first?.parentSpanID == nil)
        #expect(tracer.finishedSpans.first?.attributes.get("signaling.close_code") == .int64(1001))
    }
}
