import JSEP
import NIOCore
import Synchronization
import Testing
import TransportTypes
import WebRTCTestSupport

@testable import WebRTC

@Suite("Data channels between two connections on loopback", .timeLimit(.minutes(2)))
struct DataChannelLoopbackTests {
    @Test("a text and a binary message arrive as they were sent, in their order")
    func messages() async throws {
        let pair = try ConnectedPair()
        let (a, b) = try await pair.channel()
        try await a.send("grüße ✓")
        try await a.send(.pattern(70_000))
        #expect(try await b.receive() == .text("grüße ✓"))
        #expect(try await b.receive() == .binary(.pattern(70_000)))
        try await b.send("back")
        #expect(try await a.receive() == .text("back"))
        await pair.close()
    }

    @Test("of many readers, some of them cancelled, each message reaches one")
    func manyReaders() async throws {
        let pair = try ConnectedPair()
        let (a, b) = try await pair.channel()
        let received = await withTaskGroup(of: [Int].self) { group in
            for _ in 0..<3 {
                group.addTask {
                    var numbers: [Int] = []
                    while case .text(let text)? = try? await b.receive() { numbers.append(Int(text) ?? -1) }
                    return numbers
                }
            }
            group.addTask {
                var numbers: [Int] = []
                while b.readyState == .open {
                    let reader = Task { try? await b.receive() }
                    await Task.yield()
                    reader.cancel()
                    if case .text(let text)? = await reader.value { numbers.append(Int(text) ?? -1) }
                }
                return numbers
            }
            for number in 0..<2000 { try? await a.send("\(number)") }
            a.close()
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(received.sorted() == Array(0..<2000))
        await pair.close()
    }

    @Test("empty messages keep their kind", arguments: [DataChannelMessage.text(""), .binary(ByteBuffer())])
    func empty(message: DataChannelMessage) async throws {
        let pair = try ConnectedPair()
        let (a, b) = try await pair.channel()
        try await a.send(message)
        #expect(try await b.receive() == message)
        await pair.close()
    }

    @Test("messages of every size up to the peer's limit arrive whole; a larger one is refused before it is sent")
    func sizes() async throws {
        let pair = try ConnectedPair()
        let (a, b) = try await pair.channel()
        for size in [1, 1_171, 1_172, 1_173, 65_535, 65_536, 262_143, 262_144] {
            try await a.send(.pattern(size))
            #expect(try await b.receive() == .binary(.pattern(size)), "size \(size)")
        }
        let error = await #expect(throws: WebRTCError.self) { try await a.send(.pattern(262_145)) }
        #expect(error?.code == .type)
        #expect(a.readyState == .open)
        await pair.close()
    }

    @Test("a message larger than the transport's buffers arrives whole when the peer allows it")
    func large() async throws {
        var configuration = ConnectedPair.loopback
        configuration.maxMessageSize = 64 << 20
        configuration.sctp.sendBuffer = 1 << 20
        configuration.sctp.receiveBuffer = 1 << 20
        let pair = try ConnectedPair(configuration, configuration)
        let (a, b) = try await pair.channel()
        async let sent: Void = a.send(.pattern(6 << 20))
        let received = try await b.receive()
        #expect(b.error == nil && a.error == nil)
        #expect(received?.byteCount == 6 << 20)
        #expect(received == .binary(.pattern(6 << 20)))
        try await sent
        await pair.close()
    }

    @Test("the options travel to the other side")
    func options() async throws {
        let pair = try ConnectedPair()
        let options = DataChannelOptions(ordered: false, maxRetransmits: 3, protocol: "chat.v1", priority: .high)
        let (a, b) = try await pair.channel("lossy", options)
        #expect(b.label == "lossy" && b.protocol == "chat.v1" && b.ordered == false)
        #expect(b.maxRetransmits == 3 && b.maxPacketLifeTime == nil && b.priority == .high)
        #expect(a.id == b.id && a.id != nil)
        #expect(b.readyState == .open)
        try await a.send("x")
        #expect(try await b.receive() == .text("x"))
        await pair.close()
    }

    @Test("the DTLS client's channels are even, the server's odd")
    func streamParity() async throws {
        let pair = try ConnectedPair()
        let (first, _) = try await pair.channel("one")
        let incoming = pair.a.dataChannels
        let other = try await pair.b.createDataChannel("two")
        try await other.opened()
        for await channel in incoming {
            #expect(channel.label == "two")
            break
        }
        // The answerer, b, is the DTLS client.
        #expect(first.id.map { $0 % 2 } == 1)
        #expect(other.id.map { $0 % 2 } == 0)
        await pair.close()
    }

    @Test("negotiated channels open on both sides without a word in band")
    func negotiated() async throws {
        let pair = try ConnectedPair()
        let options = DataChannelOptions(negotiated: true, id: 7)
        let a = try await pair.a.createDataChannel("left", options: options)
        let b = try await pair.b.createDataChannel("right", options: options)
        try await pair.negotiate()
        try await a.opened()
        try await b.opened()
        try await a.send("hello")
        #expect(try await b.receive() == .text("hello"))
        await pair.close()
    }

    @Test("everything sent before close() arrives before the other side closes")
    func closeDelivers() async throws {
        let pair = try ConnectedPair()
        let (a, b) = try await pair.channel()
        for index in 0..<200 { try await a.send(.pattern(100_000, seed: UInt8(index))) }
        a.close()
        #expect(a.readyState == .closing)
        var count = 0
        for try await message in b.messages {
            #expect(message == .binary(.pattern(100_000, seed: UInt8(count))))
            count += 1
        }
        #expect(count == 200)
        await a.closed()
        #expect(a.readyState == .closed && b.readyState == .closed)
        await pair.close()
    }

    @Test("a stream can be used again after its channel was closed, ten times over")
    func reuse() async throws {
        let pair = try ConnectedPair()
        for round in 0..<10 {
            let (a, b) = try await pair.channel("round \(round)")
            try await a.send("\(round)")
            #expect(try await b.receive() == .text("\(round)"))
            (round % 2 == 0 ? a : b).close()
            await a.closed()
            await b.closed()
        }
        await pair.close()
    }

    @Test("the sender is never further ahead of a slow reader than the buffers between them, and nothing is lost")
    func backPressure() async throws {
        var configuration = ConnectedPair.loopback
        configuration.sctp.sendBuffer = 256 << 10
        configuration.sctp.receiveBuffer = 256 << 10
        configuration.unreadLimit = 128 << 10
        configuration.sendBufferLimit = 128 << 10
        let pair = try ConnectedPair(configuration, configuration)
        let (a, b) = try await pair.channel()
        let sent = Mutex(0)
        let sender = Task {
            for index in 0..<1_000 {
                try await a.send(.pattern(10_000, seed: UInt8(truncatingIfNeeded: index)))
                sent.withLock { $0 += 1 }
            }
            a.close()
        }
        var count = 0
        var lead = 0
        for try await message in b.messages {
            #expect(message == .binary(.pattern(10_000, seed: UInt8(truncatingIfNeeded: count))))
            count += 1
            lead = max(lead, sent.withLock { $0 } - count)
        }
        try await sender.value
        #expect(count == 1_000)
        // Two queues of ours, and SCTP's two buffers: about 800 KB; without back-pressure it would be all 10 MB.
        #expect(lead * 10_000 < 2 << 20, "the sender was \(lead) messages ahead")
        await pair.close()
    }

    @Test("several channels share the way")
    func fairness() async throws {
        // Windows that a slow machine's socket buffers take: it is the turns that are tested.
        var configuration = ConnectedPair.loopback
        configuration.sctp.sendBuffer = 1 << 20
        configuration.sctp.receiveBuffer = 1 << 20
        let pair = try ConnectedPair(configuration, configuration)
        let (first, firstEnd) = try await pair.channel("first")
        let (second, secondEnd) = try await pair.channel("second")
        let flood = Task {
            while !Task.isCancelled { try await first.send(.pattern(60_000)) }
        }
        let sink = Task {
            for try await _ in firstEnd.messages {}
        }
        for index in 0..<50 {
            try await second.send("\(index)")
            #expect(try await secondEnd.receive() == .text("\(index)"))
        }
        flood.cancel()
        await pair.close()
        _ = await flood.result
        _ = await sink.result
    }

    @Test("bufferedAmount grows before send returns, and the low event follows")
    func bufferedAmount() async throws {
        var configuration = ConnectedPair.loopback
        configuration.sctp.sendBuffer = 256 << 10
        configuration.sctp.receiveBuffer = 256 << 10
        let pair = try ConnectedPair(configuration, configuration)
        let (a, b) = try await pair.channel()
        a.bufferedAmountLowThreshold = 100_000
        let low = a.bufferedAmountLow
        for _ in 0..<20 { try a.trySend(.pattern(200_000)) }
        #expect(a.bufferedAmount > 0)
        async let received: Void = { for _ in 0..<20 { _ = try await b.receive() } }()
        for await _ in low { break }
        await a.flushed()
        #expect(a.bufferedAmount == 0)
        try await received
        await pair.close()
    }

    @Test("closing a connection closes the channels of both sides")
    func connectionClose() async throws {
        let pair = try ConnectedPair()
        let (a, b) = try await pair.channel()
        pair.a.close()
        #expect(a.readyState == .closed)
        #expect(pair.a.connectionState == .closed && pair.a.signalingState == .closed)
        await b.closed()
        #expect(pair.b.sctp?.state == .closed)
        #expect(pair.b.sctp?.transport.state == .closed)
        await pair.close()
    }
}
