import JSEP
import NetworkLoop
import Testing

@testable import WebRTC

/// Two connections with a negotiator each, and a channel between them.
struct SimulatedPair: Sendable {
    let world = World(seed: 7)
    let signaling: (SimulatedSignaling, SimulatedSignaling)
    let a: PeerConnection
    let b: PeerConnection
    let negotiators: [PerfectNegotiator]

    init(_ change: (inout PeerConnection.Configuration) -> Void = { _ in }) throws {
        signaling = SimulatedSignaling.pair(in: world)
        a = try world.connection(of: 0, change)
        b = try world.connection(of: 1)
        negotiators = [
            PerfectNegotiator(a, over: signaling.0, polite: true),
            PerfectNegotiator(b, over: signaling.1, polite: false),
        ]
    }

    /// `a`'s end and `b`'s.
    func channel(_ label: String) async throws -> (DataChannel, DataChannel) {
        let incoming = b.dataChannels
        let channel = try await a.createDataChannel(label)
        try await channel.opened()
        for await other in incoming where other.label == label { return (channel, other) }
        throw WebRTCError(.operation, "it never came")
    }

    func close() {
        a.close()
        b.close()
        world.pass(.seconds(120))
        #expect(world.isAtRest && world.network.openSockets == 0)
    }
}
