import NIOCore
import StrictJSON
import Testing

@testable import Signaling

@Suite("a server on several event loops", .serialized, .timeLimit(.minutes(2)))
struct EventLoopTests {
    private static func server(
        _ loops: Int, _ limits: SignalingLimits = .init()
    ) async throws -> (SignalingServer, UInt16) {
        let server = SignalingServer(
            configuration: .init(host: "127.0.0.1", port: 0, eventLoops: loops, limits: limits))
        return (server, try await server.start())
    }

    private static func bytes(_ text: String) -> [UInt8] {
        FrameCase.Frame(opcode: 1, payload: Array(text.utf8)).bytes(isMasked: true)
    }

    /// A member of a room, who has heard who is there.
    private static func member(_ id: String, port: UInt16) async throws -> RawPeer {
        var peer = try await RawPeer.open(port: port)
        try await peer.send(bytes(#"{"type":"join","peerId":"\#(id)"}"#))
        _ = await peer.frame()
        return peer
    }

    /// How many connections are on each loop.
    private static func counts(_ server: SignalingServer) async throws -> [Int] {
        let hub = try #require(server.listener?.hub)
        let loops = try await hub.loop.submit {
            hub.value.channels.values.map { ObjectIdentifier($0.eventLoop) }
        }.get()
        return Dictionary(grouping: loops) { $0 }.values.map(\.count)
    }

    @Test("a thousand sockets are spread over all of them")
    func spread() async throws {
        let loops = 5
        let limits = SignalingLimits(
            heartbeatInterval: .seconds(60), sockets: 2000, socketsPerAddress: 2000, unregisteredPerAddress: 2000,
            registrationTime: .seconds(120))
        let (server, port) = try await Self.server(loops, limits)
        var peers: [RawPeer] = []
        for _ in 0..<1000 { peers.append(try await RawPeer.open(port: port)) }
        #expect(try await Self.counts(server) == [Int](repeating: 1000 / loops, count: loops))
        for peer in peers { await peer.close() }
        await server.stop()
    }

    @Test("what each of many says to one comes in its order, whatever loops they are on", arguments: [1, 4])
    func order(loops: Int) async throws {
        let (server, port) = try await Self.server(loops, SignalingLimits(outbox: 10_000))
        var reader = try await Self.member("reader", port: port)
        var senders: [RawPeer] = []
        for id in 0..<8 { senders.append(try await Self.member("\(id)", port: port)) }
        await withThrowingTaskGroup(of: Void.self) { group in
            for channel in senders.map(\.channel) {
                group.addTask {
                    for number in 0..<200 {
                        let bytes = Self.bytes(#"{"type":"offer","to":"reader","sdp":"\#(number)"}"#)
                        try await channel.writeAndFlush(ByteBuffer(bytes: bytes))
                    }
                }
            }
        }
        var next: [String: Int] = [:]
        while next.values.reduce(0, +) < 8 * 200, let frame = await reader.frame() {
            guard frame.opcode == 1, case let message = try JSONReader.read(frame.payload),
                let from = message["from"]?.text
            else { continue }
            #expect(message["sdp"]?.text == "\(next[from, default: 0])")
            next[from, default: 0] += 1
        }
        #expect(next.count == 8)
        for peer in senders + [reader] { await peer.close() }
        await server.stop()
    }

    @Test("one that says as much as it can delays none of the others")
    func flood() async throws {
        let (server, port) = try await Self.server(4)
        var flooder = try await RawPeer.open(port: port)
        try await flooder.send(Self.bytes(CoreDriver.register(CoreDriver.ann, "x")))
        _ = await flooder.frame()
        // Nothing answers these.
        let heartbeats = Array(repeatElement(Self.bytes(#"{"type":"heartbeat"}"#), count: 250).joined())
        let flood = Task { [channel = flooder.channel] in
            while !Task.isCancelled { try await channel.writeAndFlush(ByteBuffer(bytes: heartbeats)) }
        }
        var pairs: [(RawPeer, RawPeer)] = []
        for pair in 0..<2 {
            pairs.append(
                (try await Self.member("a\(pair)", port: port), try await Self.member("b\(pair)", port: port)))
        }
        let clock = ContinuousClock()
        var longest = Duration.zero
        for number in 0..<10 {
            for pair in pairs.indices {
                let start = clock.now
                try await pairs[pair].0.send(Self.bytes(#"{"type":"offer","to":"b\#(pair)","sdp":"\#(number)"}"#))
                while let frame = await pairs[pair].1.frame(), !frame.text.contains(#""sdp":"\#(number)""#) {}
                longest = max(longest, clock.now - start)
            }
        }
        #expect(flooder.channel.isActive)
        #expect(longest < .seconds(2), "it is milliseconds where the machine has nothing else to do")
        flood.cancel()
        _ = try? await flood.value
        await server.stop()
        for (first, second) in pairs {
            await first.close()
            await second.close()
        }
    }

    @Test("their number has a range")
    func range() async throws {
        for loops in [0, 65] {
            let error = #expect(throws: SignalingError.self) {
                try SignalingServerConfiguration(eventLoops: loops).validate()
            }
            #expect(error?.code == .invalidConfiguration)
        }
        try SignalingServerConfiguration(eventLoops: 64).validate()
    }
}
