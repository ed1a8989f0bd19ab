import DTLS
import JSEP
import Testing
import WebRTC
import WebRTCTestSupport

@Suite("CRT: another peer takes over", .timeLimit(.minutes(3)))
struct HandoverTests {
    /// A peer with a certificate of its own, which its candidates go to and come from.
    private func peer(of connection: PeerConnection) throws -> (PeerConnection, [Task<Void, Never>]) {
        var configuration = ConnectedPair.loopback
        configuration.certificates = [try .generate()]
        let peer = try PeerConnection(configuration: configuration)
        return (peer, [ConnectedPair.pump(connection, peer), ConnectedPair.pump(peer, connection)])
    }

    /// The connection goes on with that peer, which opens a channel; returns both ends.
    private func handOver(
        _ connection: PeerConnection, to peer: PeerConnection, named label: String
    ) async throws -> (DataChannel, DataChannel) {
        let incoming = connection.dataChannels
        let channel = try await peer.createDataChannel(label)
        await connection.restartICE()
        try await connection.setLocalDescription()
        try await peer.setRemoteDescription(#require(connection.localDescription))
        try await peer.setLocalDescription()
        try await connection.setRemoteDescription(#require(peer.localDescription))
        try await channel.opened()
        for await other in incoming where other.label == label { return (channel, other) }
        throw WebRTCError(.operation, "the channel never came")
    }

    @Test("CRT-23, CRT-24 after a session with one peer another goes on, and the end of the first changes nothing")
    func once() async throws {
        let pair = try ConnectedPair()
        _ = try await pair.channel()
        let (next, pumps) = try peer(of: pair.a)
        let (theirs, ours) = try await handOver(pair.a, to: next, named: "next")
        pair.b.close()
        await pair.b.closed()
        try await ours.send("there?")
        #expect(try await theirs.receive() == .text("there?"))
        #expect(pair.a.connectionState == .connected)
        for pump in pumps { pump.cancel() }
        next.close()
        await pair.close()
    }

    @Test("CRT-26 peers in quick succession do not disturb the last one")
    func often() async throws {
        let pair = try ConnectedPair()
        _ = try await pair.channel()
        var before = [pair.b]
        for round in 0..<4 {
            let (next, pumps) = try peer(of: pair.a)
            let (theirs, ours) = try await handOver(pair.a, to: next, named: "\(round)")
            for old in before { old.close() }
            before.append(next)
            try await ours.send("\(round)")
            #expect(try await theirs.receive() == .text("\(round)"))
            for pump in pumps { pump.cancel() }
        }
        #expect(pair.a.connectionState == .connected)
        before.last?.close()
        await pair.close()
    }
}
