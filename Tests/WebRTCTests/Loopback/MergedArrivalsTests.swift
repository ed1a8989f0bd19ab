import DTLS
import ICE
import Testing
import WebRTCTestSupport

@testable import WebRTC

@Suite("Datagrams that the kernel has merged", .timeLimit(.minutes(3)))
struct MergedArrivalsTests {
    /// A record that nobody can decrypt, but of the right shape.
    private static let record: [UInt8] =
        [23, 0xFE, 0xFD, 0, 1, 0, 0, 0, 1, 0, 0, 0, 30] + Array(repeating: 7, count: 30)
    private static let stun: [UInt8] =
        [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42] + Array(repeating: 9, count: 35)
    private static let media: [UInt8] = [0x80, 96] + Array(repeating: 1, count: 41)

    @Test(
        "go each to whom it belongs, whatever else is among them",
        arguments: [[stun], [media], [stun, stun, media], [media, record, media], [record, record]])
    func kinds(before: [[UInt8]]) async throws {
        let pair = try ConnectedPair()
        let (a, b) = try await pair.channel()
        let discarded = try #require(await pair.b.discardedRecords)
        let datagrams = before + [Self.record, Self.record]
        #expect(Set(datagrams.map(\.count)) == [43])
        await pair.b.arrive(datagrams.flatMap { $0 }, segmentSize: 43)
        let records = datagrams.count { $0 == Self.record }
        #expect(await pair.b.discardedRecords == discarded + UInt64(records))
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
    fileprivate var discardedRecords: UInt64? { transports.first?.session?.counters.recordsDiscarded }

    fileprivate var packets: ICEStatistics? { transports.first?.path?.statistics }

    fileprivate func arrive(_ datagrams: [UInt8], segmentSize: Int) {
        transports.first?.receive(datagrams.span, segmentSize: segmentSize)
    }
}
