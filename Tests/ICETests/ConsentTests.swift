import Foundation
import Testing

@testable import ICE
@testable import NetworkLoop

@Suite("consent", .timeLimit(.minutes(2)))
struct ConsentTests {
    @Test("a peer that vanishes is disconnected first, then failed")
    func vanish() async throws {
        let pair = AgentPair()
        var configuration = AgentPair.loopback
        configuration.consentExpiry = .seconds(15)
        try await pair.start(configuration)
        await pair.connected()
        await pair.offerer.wait { $0.agent?.state == .completed }
        try await on(pair.answerer.loop) { pair.answerer.agent?.close() }
        await pair.offerer.wait { $0.agent?.state == .disconnected }
        await pair.offerer.wait { $0.agent?.state == .failed }
        let states = try await on(pair.offerer.loop) { pair.offerer.states }
        #expect(states == [.checking, .connected, .completed, .disconnected, .failed])
        #expect(try await pair.offerer.send("\u{80}") == .notConnected)
        try await pair.close()
    }

    @Test("a peer that is only held up for longer than libnice waits is connected again afterwards")
    func heldUp() async throws {
        let pair = AgentPair()
        try await pair.start(AgentPair.loopback)
        await pair.connected()
        let release = DispatchSemaphore(value: 0)
        pair.answerer.loop.post { release.wait() }
        await pair.offerer.wait { $0.agent?.state == .disconnected }
        await pair.offerer.wait { $0.agent?.status.isConsentLost == true }
        #expect(try await pair.offerer.send("\u{80}") == .notConnected)
        release.signal()
        await pair.offerer.wait { $0.isUsable }
        #expect(try await pair.offerer.send("\u{80}back") == .sent)
        await pair.answerer.wait { $0.received.count == 1 }
        try await pair.close()
    }
}
