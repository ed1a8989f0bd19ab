import JSEP
import NetworkLoop
import Testing
import TransportTypes

@testable import WebRTC

extension ConnectionTests {
    /// What a peer gains by saying odd things at odd times: nothing.
    @Suite("With peers that mean harm")
    struct HostilePeerTests {
        private static func exchange(_ from: PeerConnection, _ to: PeerConnection) async throws {
            let offer = try await from.offer()
            try await from.setRemoteDescription(try await to.answer(to: offer))
        }

        @Test("who acknowledges nothing is given up in time, however often candidates come meanwhile")
        func patience() throws {
            let pair = try SimulatedPair()
            try pair.world.run {
                let (channel, _) = try await pair.channel("chat")
                pair.world.network.conditions.largest = 10
                try await channel.send("nobody acknowledges this")
                let (world, a) = (pair.world, pair.a)
                world.task {
                    var port = 1
                    while channel.readyState == .open, port < 60 {
                        await world.loop.sleep(for: .seconds(20))
                        port += 1
                        let line = "candidate:1 1 udp 1 192.0.2.99 \(port) typ host"
                        try? await a.addICECandidate(ICECandidateInit(candidate: line, sdpMLineIndex: 0))
                    }
                }
                let began = world.now
                await channel.closed()
                #expect(channel.error != nil && world.now - began < .seconds(150))
            }
            pair.close()
        }

        @Test("a peer that leaves after its first section was stopped is gone at once, and not looked for")
        func lostTag() throws {
            let pair = try SimulatedPair()
            try pair.world.run {
                let transceiver = try await pair.a.addTransceiver(.audio)
                _ = try await pair.channel("chat")
                try transceiver.stop()
                await pair.world.loop.sleep(for: .seconds(3))
                let sockets = pair.world.network.openSockets
                pair.b.close()
                await pair.world.loop.sleep(for: .seconds(1))
                #expect(pair.world.network.openSockets < sockets)
                #expect(await pair.a.ended(ifNotConnectedWithin: nil) == .closedByPeer)
            }
            pair.close()
        }

        @Test("what a peer that has left did to the transport says nothing of the one that takes its place")
        func handover() throws {
            let world = World(seed: 7)
            let (a, b, c) = (try world.connection(of: 0), try world.connection(of: 1), try world.connection(of: 2))
            try world.run {
                try await b.addTransceiver(.audio)
                let first = try await b.createDataChannel("first")
                try await Self.exchange(b, a)
                try await first.opened()
                b.close()
                await world.loop.sleep(for: .seconds(7))
                let spoken = try await c.addTransceiver(.audio)
                let channel = try await c.createDataChannel("second")
                try await Self.exchange(c, a)
                try await channel.opened()
                try spoken.stop()
                try await Self.exchange(c, a)
                await world.loop.sleep(for: .seconds(60))
                #expect(channel.readyState == .open && a.connectionState == .connected)
            }
            for connection in [a, b, c] { connection.close() }
            world.pass(.seconds(120))
            #expect(world.isAtRest && world.network.openSockets == 0)
        }

        @Test(
            "of thousands of candidates for one transport no more are read than ICE takes, and one that is known costs nothing"
        )
        func candidates() throws {
            let world = World(seed: 7, isDead: true)
            let (a, b) = (try world.connection(of: 0), try world.connection(of: 1))
            try world.run {
                _ = try await a.createDataChannel("chat")
                let offer = try await a.offer()
                let many = (1...250).map { "a=candidate:\($0) 1 udp 1 192.0.2.9 \($0) typ host\r\n" }.joined()
                try await b.setRemoteDescription(SessionDescription(type: .offer, sdp: offer.sdp + many))
                try await b.setLocalDescription()
                let known = b.sctp?.transport.iceTransport.remoteCandidates ?? []
                #expect(known.count == 128)
                let before = b.remoteDescription
                try await b.addICECandidate(
                    ICECandidateInit(candidate: "candidate:1 1 udp 1 192.0.2.9 1 typ host", sdpMLineIndex: 0))
                #expect(b.remoteDescription == before)
            }
            a.close()
            b.close()
            world.pass(.seconds(1))
        }
    }
}
