import NIOCore
import NetworkLoop
import Testing
import WebRTCTestSupport

@testable import WebRTC

@Suite("Channels that nobody reads", .timeLimit(.minutes(2)))
struct UnreadChannelTests {
    /// A pair of which `b` has an open channel that it does not read, with the other end of it.
    private func pair(
        _ receiver: PeerConnection.Configuration = ConnectedPair.loopback
    ) async throws -> (ConnectedPair, deaf: DataChannel, unread: DataChannel) {
        let pair = try ConnectedPair(ConnectedPair.loopback, receiver)
        let (deaf, unread) = try await pair.channel("deaf")
        return (pair, deaf, unread)
    }

    /// Comes back after the connection's loop has had a turn.
    private static func turn(of connection: PeerConnection) async {
        await withCheckedContinuation { done in connection.loop.post { done.resume() } }
    }

    @Test("one holds up no other: messages, opening, closing and the end pass, and an event and the diagnosis name it")
    func independent() async throws {
        let (pair, deaf, unread) = try await pair()
        let (a, b) = try await pair.channel("read")
        let events = pair.b.unreadChannels
        for _ in 0..<24 { try await deaf.send(.pattern(200_000)) }
        for await channel in events {
            #expect(channel === unread)
            break
        }
        #expect(unread.unreadAmount >= 1 << 20)
        try await a.send("there")
        #expect(try await b.receive() == .text("there"))
        try await b.send("back")
        #expect(try await a.receive() == .text("back"))
        let (late, lateEnd) = try await pair.channel("late")
        lateEnd.close()
        await late.closed()
        let diagnosis = pair.b.diagnosis
        #expect(diagnosis.step == .connected && diagnosis.verdict == .good)
        #expect(diagnosis.details.contains { $0.contains("'deaf'") && $0.contains("stream") })
        pair.a.close()
        await unread.closed()
        await pair.close()
    }

    @Test("closing a channel that nobody reads opens the window for the others", arguments: [true, false])
    func closeFull(closes: Bool) async throws {
        var configuration = ConnectedPair.loopback
        configuration.unreadLimit = 256 << 10
        let (pair, deaf, unread) = try await pair(configuration)
        let (a, b) = try await pair.channel("read")
        let flood = Task { while true { try await deaf.send(.pattern(10_000)) } }
        while pair.b.diagnosis.verdict != .waiting { await Self.turn(of: pair.b) }
        if closes {
            unread.close()
        } else {
            Task { for try await _ in unread.messages {} }
        }
        try await a.send("there")
        #expect(try await b.receive() == .text("there"))
        flood.cancel()
        await pair.close()
    }
}
