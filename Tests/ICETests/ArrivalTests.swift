import Glibc
import Testing
import TransportTypes

@testable import ICE
@testable import NetworkLoop

@Suite("what arrives over a pair of two agents", .serialized, .timeLimit(.minutes(1)))
struct ArrivalTests {
    @Test("datagrams that arrive together come together, with the size of each")
    func merging() async throws {
        let pair = AgentPair()
        try await pair.start(AgentPair.loopback)
        await pair.connected()
        let batch = [UInt8](repeating: 0x80, count: 3500)
        _ = try await on(pair.offerer.loop) { pair.offerer.agent?.send(batch: batch.span, segmentSize: 1000) }
        await pair.answerer.wait { $0.receivedBytes == batch.count }
        let arrivals = try await on(pair.answerer.loop) { pair.answerer.arrivals }
        #expect(arrivals.map(\.bytes) == [3500] && arrivals.map(\.segmentSize) == [1000])
        #expect(try await on(pair.answerer.loop) { pair.answerer.agent?.statistics.packetsReceived } == 4)
        try await pair.close()
    }

    @Test("who is at the far end of the pair now is listened to, and nobody else whom libnice does not know")
    func farEnd() async throws {
        let pair = AgentPair()
        try await pair.start(AgentPair.loopback)
        await pair.connected()
        let other = try FakeSTUNServer.silentPort()
        let place = try #require(TransportAddress("127.0.0.1", port: other.port))
        let selected = try await on(pair.answerer.loop) { pair.answerer.pairs.last?.local }
        let target = try #require(selected.flatMap { TransportAddress($0.address, port: $0.port) })
        var path = UDPPath(descriptor: other.descriptor, peer: target)
        _ = path.send(Array("\u{80}before".utf8).span)
        // What the peer sends after that is read after that.
        #expect(try await pair.offerer.send("\u{80}meanwhile") == .sent)
        await pair.answerer.wait { $0.received.count >= 1 }
        try await on(pair.answerer.loop) {
            let descriptor = try #require(pair.answerer.agent?.path?.descriptor)
            pair.answerer.agent?.use(UDPPath(descriptor: descriptor, peer: place), to: place)
        }
        _ = path.send(Array("\u{80}after".utf8).span)
        await pair.answerer.wait { $0.received.count >= 2 }
        let received = try await on(pair.answerer.loop) { pair.answerer.received }
        #expect(received == ["\u{80}meanwhile", "\u{80}after"].map { Array($0.utf8) })
        try await pair.close()
        Glibc.close(other.descriptor)
    }

    @Test("a datagram that the system does not take counts as dropped")
    func refusedDatagram() async throws {
        let pair = AgentPair()
        try await pair.start(AgentPair.loopback)
        await pair.connected()
        let (result, statistics) = try await on(pair.offerer.loop) {
            let result = pair.offerer.agent?.send([UInt8](repeating: 0x80, count: 70_000).span)
            return (result, pair.offerer.agent?.statistics)
        }
        #expect(result == .wouldBlock)
        #expect(statistics?.packetsDropped == 1 && statistics?.bytesDropped == 70_000 && statistics?.packetsSent == 0)
        try await pair.close()
    }

    @Test("once a check was among merged datagrams, they come one by one")
    func mergedCheck() async throws {
        let pair = AgentPair()
        try await pair.start(AgentPair.loopback)
        await pair.connected()
        let data = [UInt8](repeating: 0x80, count: 2000)
        let check: [UInt8] = [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42] + [UInt8](repeating: 9, count: 12)
        for batch in [data, data + check, data] {
            let before = try await on(pair.answerer.loop) { pair.answerer.receivedBytes }
            _ = try await on(pair.offerer.loop) { pair.offerer.agent?.send(batch: batch.span, segmentSize: 1000) }
            await pair.answerer.wait { $0.receivedBytes == before + batch.count }
        }
        let arrivals = try await on(pair.answerer.loop) { pair.answerer.arrivals.map(\.bytes) }
        #expect(arrivals == [2000, 2020, 1000, 1000])
        try await pair.close()
    }
}
