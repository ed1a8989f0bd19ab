import Foundation
import NetworkLoop
import Testing

@testable import WebRTC

extension ConnectionTests {
    /// Under loss, reordering, silence, restarts and hosts that vanish; Docs/Testing.md names the variables that choose seeds.
    @Suite("Seeds")
    struct SeedTests {
        private static func number(_ name: String) -> UInt64? {
            ProcessInfo.processInfo.environment[name].flatMap(UInt64.init)
        }

        /// What is wrong with a seed, with the way there; nil if nothing is.
        private static func failure(of seed: UInt64) throws -> String? {
            let simulation = try ConnectionSimulation(seed: seed)
            simulation.run()
            return simulation.violations.isEmpty ? nil : try account(of: seed)
        }

        private static func account(of seed: UInt64) throws -> String {
            let simulation = try ConnectionSimulation(seed: seed, isTraced: true)
            simulation.run()
            return simulation.world.trace.joined(separator: "\n")
                + "\nagain: SIMULATION_SEED=\(seed) make test FILTER=SimulationTests.ConnectionTests"
        }

        @Test("whatever happens to the network, nothing is lost, doubled, forgotten or left behind")
        func seeds() throws {
            guard Self.number("SIMULATION_SEED") == nil else { return }
            let first = Self.number("SIMULATION_FIRST") ?? 0
            for seed in first..<(first + (Self.number("SIMULATION_SEEDS") ?? 200)) {
                guard let failure = try Self.failure(of: seed) else { continue }
                Issue.record("seed \(seed)\n\(failure)")
                if Self.number("SIMULATION_ALL") == nil { return }
            }
        }

        @Test("one seed, with its trace", .enabled(if: number("SIMULATION_SEED") != nil))
        func replay() throws {
            let seed = try #require(Self.number("SIMULATION_SEED"))
            print(try Self.account(of: seed))
            #expect(try Self.failure(of: seed) == nil)
        }

        @Test("a handshake whose packets are lost goes on in simulated time: OpenSSL has the simulation's clock")
        func lostHandshake() throws {
            let pair = try SimulatedPair()
            let (world, a) = (pair.world, pair.a)
            let began = world.now
            try world.run {
                // Checks pass, and the handshake does not.
                world.network.conditions.largest = 10
                let channel = try await a.createDataChannel("chat")
                await world.loop.sleep(for: .seconds(2))
                #expect(a.iceConnectionState == .connected || a.iceConnectionState == .completed)
                #expect(channel.readyState == .connecting)
                world.network.conditions.largest = 65_536
                try await channel.opened()
            }
            #expect(world.now - began >= .seconds(2) && world.now - began < .seconds(6))
            pair.close()
        }
    }
}
