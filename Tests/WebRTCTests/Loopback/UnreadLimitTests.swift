import NIOCore
import NetworkLoop
import Testing
import WebRTCTestSupport

@testable import WebRTC

/// Peers that go on filling channels which nobody reads.
@Suite("At the limit of what may be unread", .timeLimit(.minutes(2)))
struct UnreadLimitTests {
    private static var receiver: PeerConnection.Configuration {
        var configuration = ConnectedPair.loopback
        configuration.unreadLimit = 256 << 10
        configuration.receiveBufferLimit = 64 << 10
        return configuration
    }

    /// Comes back after the connection's loop has had a turn.
    private static func turn(of connection: PeerConnection) async {
        await withCheckedContinuation { done in connection.loop.post { done.resume() } }
    }

    /// Runs `body` while `a` fills `count` channels that `b` does not read, from when the limit is reached.
    private func whileFull(
        messages size: Int, channels count: Int, _ body: (ConnectedPair, [DataChannel]) async throws -> Void
    ) async throws {
        let pair = try ConnectedPair(ConnectedPair.loopback, Self.receiver)
        var unread: [DataChannel] = []
        var floods: [Task<Void, any Error>] = []
        for number in 0..<count {
            let (deaf, end) = try await pair.channel("deaf \(number)")
            unread.append(end)
            floods.append(
                Task {
                    for message in 0... {
                        try await deaf.send(.pattern(size, seed: UInt8(truncatingIfNeeded: message)))
                    }
                })
        }
        while pair.b.diagnosis.verdict != .waiting { await Self.turn(of: pair.b) }
        defer { for flood in floods { flood.cancel() } }
        do {
            try await body(pair, unread)
        } catch {
            await pair.close()
            throw error
        }
        await pair.close()
    }

    @Test(
        "channels are opened and closed from both sides, messages pass, and the end is heard",
        arguments: [(10, 3), (1200, 1), (60_000, 3), (262_144, 1)])
    func control(size: Int, count: Int) async throws {
        try await whileFull(messages: size, channels: count) { pair, unread in
            for round in 0..<2 {
                let (ours, theirs) = try await pair.channel("round \(round)")
                try await ours.send("there")
                #expect(try await theirs.receive() == .text("there"))
                theirs.close()
                await ours.closed()
                await theirs.closed()
                let incoming = pair.a.dataChannels
                let back = try await pair.b.createDataChannel("back \(round)")
                try await back.opened()
                try await back.send("here")
                let arrived = try #require(await incoming.first { $0.label == back.label })
                #expect(try await arrived.receive() == .text("here"))
                arrived.close()
                await back.closed()
            }
            pair.a.close()
            for channel in unread { await channel.closed() }
        }
    }

    @Test("messages that their sender gives up meanwhile hold back nothing that is read and sent later")
    func abandoned() async throws {
        try await whileFull(messages: 10_000, channels: 1) { pair, unread in
            let options = DataChannelOptions(ordered: false, maxRetransmits: 0)
            let (video, videoEnd) = try await pair.channel("video", options)
            let (calm, calmEnd) = try await pair.channel("calm")
            for _ in 0..<30 {
                try? video.trySend(.pattern(20_000))
                try await calm.send("beside")
            }
            let readers = [unread[0], videoEnd].map { end in Task { for try await _ in end.messages {} } }
            var count = 0
            for try await message in calmEnd.messages where message == .text("beside") {
                count += 1
                if count == 30 { break }
            }
            #expect(count == 30)
            for reader in readers { reader.cancel() }
        }
    }

    @Test("when somebody reads at last, everything comes, in order", arguments: [10, 60_000, 262_144])
    func readAtLast(size: Int) async throws {
        try await whileFull(messages: size, channels: 1) { pair, unread in
            // Past the limit, at the pace of control.
            let before = unread[0].unreadAmount
            while unread[0].unreadAmount < before + (64 << 10) { await Self.turn(of: pair.b) }
            var count = 0
            for try await message in unread[0].messages {
                try #require(message == .binary(.pattern(size, seed: UInt8(truncatingIfNeeded: count))))
                count += 1
                if count * (size + 64) > 8 << 20 { break }
            }
            #expect(count * (size + 64) > 8 << 20, "the channel has not ended before")
        }
    }
}
