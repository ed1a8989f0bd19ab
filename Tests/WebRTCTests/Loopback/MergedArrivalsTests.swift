import ICE
import Testing
import WebRTCTestSupport

@testable import WebRTC

@Suite("Datagrams that the kernel has merged", .timeLimit(.minutes(3)))
struct MergedArrivalsTests {
    /// A record that nobody can decrypt, but of the right shape.
    private static let record: [UInt8] =
        [23, 0xFE, 0xFD, 0, 1, 0, 0, 0, 1, 0, 0, 0, 30] + Array(repeating: 7, count: 30)
    private static let stun: [UInt8] = [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42] + Array(repeating: 9, count: 12)

    @Test(
        "are asked for once there are keys, and not any more when a message of ICE was among them",
        arguments: [record + stun, stun + stun])
    func fallback(arrival: [UInt8]) async throws {
        let pair = try ConnectedPair()
        let (a, b) = try await pair.channel()
        #expect(await pair.b.mergesArrivals == true)
        await pair.b.arrive(Self.record + Self.record)
        #expect(await pair.b.mergesArrivals == true)
        await pair.b.arrive(arrival)
        #expect(await pair.b.mergesArrivals == false)
        try await a.send(.pattern(200_000))
        #expect(try await b.receive() == .binary(.pattern(200_000)))
        await pair.close()
    }

    @Test("count one by one in the statistics")
    func statistics() async throws {
        let pair = try ConnectedPair()
        let (a, b) = try await pair.channel()
        try await a.send(.pattern(200_000))
        _ = try await b.receive()
        let before = try #require(await pair.a.packets?.packetsSent)
        try await a.send("after all of these")
        _ = try await b.receive()
        let received = try #require(await pair.b.packets?.packetsReceived)
        let sent = try #require(await pair.a.packets?.packetsSent)
        #expect(before < received && received <= sent)
        await pair.close()
    }
}

extension PeerConnection {
    fileprivate var mergesArrivals: Bool? { transports.first?.path?.mergesArrivals }

    fileprivate var packets: ICEStatistics? { transports.first?.path?.statistics }

    fileprivate func arrive(_ datagram: [UInt8]) {
        transports.first?.receive(datagram.span)
    }
}
