import NetworkLoop
import Testing
import TransportTypes
import WebRTCTestSupport

@testable import WebRTC

@Suite("Connections that nobody holds any more", .timeLimit(.minutes(3)))
struct DroppedConnectionTests {
    /// Makes a connection, brings it to a state in which no channel keeps it, and forgets it.
    private func drop(_ body: (PeerConnection) async throws -> Void) async throws -> (WeakConnection, NetworkLoop) {
        let connection = try PeerConnection(configuration: ConnectedPair.loopback)
        try await body(connection)
        return (WeakConnection(value: connection), connection.loop)
    }

    private struct WeakConnection {
        weak var value: PeerConnection?
    }

    /// Returns when the loop has done what was queued before, and what that has queued.
    private func pass(_ loop: NetworkLoop) async {
        for _ in 0..<3 { await withCheckedContinuation { done in loop.post { done.resume() } } }
    }

    @Test("a new one goes at once")
    func fresh() async throws {
        let (connection, loop) = try await drop { _ in }
        await pass(loop)
        #expect(connection.value == nil)
    }

    @Test("one that has gathered for an offer of the peer's goes with its sockets")
    func gathering() async throws {
        let other = try PeerConnection(configuration: ConnectedPair.loopback)
        _ = try await other.createDataChannel("test")
        let offer = try await other.createOffer()
        let (connection, loop) = try await drop { connection in
            try await connection.setRemoteDescription(offer)
            try await connection.setLocalDescription()
            await connection.gatheringComplete()
        }
        await pass(loop)
        #expect(connection.value == nil)
        other.close()
    }

    @Test("a channel keeps it, until the channel is closed")
    func channel() async throws {
        var channel: DataChannel?
        let (connection, loop) = try await drop { connection in
            channel = try await connection.createDataChannel("test")
        }
        await pass(loop)
        #expect(connection.value != nil)
        channel?.close()
        await channel?.closed()
        await pass(loop)
        #expect(connection.value == nil)
    }

    @Test("a connected one says goodbye to its peer")
    func connected() async throws {
        let b = try PeerConnection(configuration: ConnectedPair.loopback)
        // Only b has a channel, so that nothing keeps the other one.
        let channel = try await b.createDataChannel("test", options: .init(negotiated: true, id: 1))
        let (connection, loop) = try await drop { a in
            let pumps = [ConnectedPair.pump(a, b), ConnectedPair.pump(b, a)]
            try await a.setRemoteDescription(b.createOffer())
            try await b.setLocalDescription()
            try await a.setLocalDescription()
            try await b.setRemoteDescription(#require(a.localDescription))
            try await channel.opened()
            for pump in pumps { pump.cancel() }
        }
        await channel.closed()
        await pass(loop)
        #expect(connection.value == nil)
        #expect(b.sctp?.transport.state == .closed)
        b.close()
        await b.closed()
    }

    @Test("its events end, and its loop is free for others")
    func events() async throws {
        let pool = LoopPool(connectionsPerLoop: 1, maximumLoops: 1)
        var connection: PeerConnection? = try PeerConnection(
            configuration: ConnectedPair.loopback, in: Surroundings(pool: pool))
        let states = try #require(connection).connectionStates
        connection = nil
        #expect(await states.all() == [.new, .closed])
        await pass(pool.acquire())
        pool.shutdown()
    }
}
