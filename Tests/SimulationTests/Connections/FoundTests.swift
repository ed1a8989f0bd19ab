import ICE
import JSEP
import NetworkLoop
import Testing

@testable import WebRTC

extension ConnectionTests {
    /// What seeds of the simulation have found, in few steps each.
    @Suite("What they have found")
    struct FoundTests {
        @Test(
            "what was gathered for an offer that gave way while it gathered comes with the answer that has its credentials"
        )
        func gatheredForNothing() throws {
            let pair = try SimulatedPair()
            try pair.world.run {
                _ = try await pair.channel("chat")
                pair.world.network.gathering = .milliseconds(200)...(.milliseconds(200))
            }
            let world = pair.world
            try pair.world.run {
                // Both want new credentials at once, and b's offer counts.
                pair.signaling.0.delay = .milliseconds(300)...(.milliseconds(300))
                pair.signaling.1.delay = .milliseconds(250)...(.milliseconds(250))
                await pair.a.restartICE()
                await pair.b.restartICE()
                await world.loop.sleep(for: .seconds(3))
            }
            for (own, other) in [(pair.a, pair.b), (pair.b, pair.a)] {
                #expect(own.signalingState == .stable)
                let said = own.currentLocalDescription?.sdp.split(separator: "\r\n").filter {
                    $0.hasPrefix("a=candidate:")
                }
                let known = other.currentRemoteDescription?.sdp.split(separator: "\r\n").filter {
                    $0.hasPrefix("a=candidate:")
                }
                #expect(said?.isEmpty == false && said == known)
            }
            pair.close()
        }

        @Test("while ICE has lost the path and may be restarted, SCTP does not take the peer for dead")
        func longOutage() throws {
            let pair = try SimulatedPair()
            let received = try pair.world.run {
                let (one, other) = try await pair.channel("chat")
                let (closing, _) = try await pair.channel("closing")
                try await one.send("before")
                await one.flushed()
                pair.world.network.silent = [1]
                try await one.send("during")
                // A reset that is not answered counts with the data that is not.
                closing.close()
                await pair.world.loop.sleep(for: .seconds(55))
                pair.world.network.silent = []
                await pair.a.restartICE()
                for await state in pair.a.connectionStates where state == .connected { break }
                try await one.send("after")
                var received: [String] = []
                for try await message in other.messages {
                    if case .text(let text) = message { received.append(text) }
                    if received.count == 3 { break }
                }
                await closing.closed()
                #expect(closing.error == nil)
                return received
            }
            #expect(received == ["before", "during", "after"])
            pair.close()
        }

        @Test("an end whose channels have ended while the path was lost tells the other one when it is back")
        func endedMeanwhile() throws {
            let pair = try SimulatedPair { $0.ice.restartTimeout = .seconds(1) }
            try pair.world.run {
                let (one, other) = try await pair.channel("chat")
                pair.world.network.silent = [1]
                await one.closed()
                #expect(one.error != nil && other.readyState == .open)
                await pair.world.loop.sleep(for: .seconds(5))
                pair.world.network.silent = []
                await pair.b.restartICE()
                for await state in pair.b.connectionStates where state == .connected { break }
                try await other.send("are you there?")
                await other.closed()
            }
            pair.close()
        }
    }
}
